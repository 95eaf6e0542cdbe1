import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../programs/run-program.ts'
import type { ReadyProgram, ToolWorld } from '../programs/run-program.ts'
import type { ReportHints } from '../report-reader.ts'
import { scannerHints } from '../reports/scanner-database.ts'
import type { ImageTool } from './image-tool.ts'
import { SCAN_TIME } from './image-tool.ts'

/**
 * Vulnerabilities in one platform, by Grype: https://github.com/anchore/grype. Its report names the manifest and the
 * age of its database; by itself it refuses one older than five days.
 */
export const grypeImage: ImageTool = {
  program: {
    name: 'grype',
    executables: ['grype'],
    versionArguments: ['version'],
    readVersion: (printed) => /^Version:\s+v?(\d\S*)/m.exec(printed)?.[1],
    refused: [],
    sees: [
      'GRYPE_DB_CACHE_DIR',
      'GRYPE_DB_UPDATE_URL',
      'GRYPE_DB_CA_CERT',
      'GRYPE_DB_AUTO_UPDATE',
      'GRYPE_DB_VALIDATE_AGE',
      'GRYPE_DB_MAX_ALLOWED_BUILT_AGE',
    ],
    env: { GRYPE_CHECK_FOR_APP_UPDATE: 'false' },
  },
  kinds: ['vulnerabilities'],
  reads: 'layout',
  namesImage: true,
  prepare: grypeDatabase,
  call: ({ layout }, report) => ({
    args: [`oci-dir:${layout}`, '-o', 'json', '--file', report, '-q'],
    env: { GRYPE_DB_AUTO_UPDATE: 'false' },
    accept: [0],
    reports: [{ file: report, format: 'grype' }],
    timeout: SCAN_TIME,
    reads: [layout],
  }),
}

/** @throws TOOL_FAILED when there is no valid database */
async function grypeDatabase(tool: ReadyProgram, folder: string, world: ToolWorld): Promise<ReportHints> {
  await mkdir(folder, { recursive: true })
  const common = { accept: [0], reads: [], timeout: SCAN_TIME }
  if (world.env.GRYPE_DB_AUTO_UPDATE !== 'false')
    await runProgram(tool, { ...common, args: ['db', 'update', '-q'], reports: [], network: true }, world)
  const asked = { file: join(folder, 'database.json'), printed: true }
  const { reports } = await runProgram(
    tool,
    {
      ...common,
      args: ['db', 'status', '-o', 'json'],
      env: { GRYPE_DB_AUTO_UPDATE: 'false' },
      reports: [asked],
    },
    world,
  )
  return (reports[0] && scannerHints(reports[0].report)) ?? {}
}
