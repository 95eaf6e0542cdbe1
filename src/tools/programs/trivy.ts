import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, isObject, orUndefined, parseJson } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import type { Program } from './program.ts'
import { runProgram } from './run-program.ts'
import type { ReadyProgram, ToolWorld } from './run-program.ts'
import type { ReportHints } from '../report-reader.ts'
import { scannerHints } from '../reports/scanner-database.ts'
import { SCAN_TIME } from '../image-tools/image-tool.ts'

const VERSION = ['version', '-f', 'json']

/** Trivy, https://trivy.dev/docs/latest/. Both switches are needed to keep it from calling home. */
export const trivyProgram: Program = {
  name: 'trivy',
  executables: ['trivy'],
  versionArguments: VERSION,
  readVersion: (printed) => {
    const json = orUndefined(() =>
      parseJson(Buffer.from(printed.slice(0, printed.lastIndexOf('}') + 1)), 'trivy'),
    )
    const version = isObject(json) ? json.Version : undefined
    return typeof version === 'string' && /^v?\d/.test(version) ? version : undefined
  },
  refused: [
    {
      range: '>=0.69.4 <=0.69.6',
      why: 'These releases stole credentials: CVE-2026-33634, GHSA-69fq-xp46-6x23.',
    },
  ],
  sees: [
    'TRIVY_CACHE_DIR',
    'TRIVY_DB_REPOSITORY',
    'TRIVY_JAVA_DB_REPOSITORY',
    'TRIVY_SKIP_DB_UPDATE',
    'TRIVY_SKIP_JAVA_DB_UPDATE',
    'TRIVY_OFFLINE_SCAN',
  ],
  env: { TRIVY_DISABLE_TELEMETRY: 'true', TRIVY_SKIP_VERSION_CHECK: 'true', TRIVY_NO_PROGRESS: 'true' },
}

/**
 * Brings the database up to date, unless TRIVY_SKIP_DB_UPDATE says not to, and asks how old it is: Trivy itself never
 * minds.
 * @throws TOOL_FAILED when it has no database
 */
export async function trivyDatabase(
  tool: ReadyProgram,
  folder: string,
  world: ToolWorld,
): Promise<ReportHints> {
  await mkdir(folder, { recursive: true })
  const common = { accept: [0], reads: [], timeout: SCAN_TIME }
  if (world.env.TRIVY_SKIP_DB_UPDATE !== 'true') {
    const args = ['image', '--download-db-only', '--quiet']
    await runProgram(tool, { ...common, args, reports: [], network: true }, world)
  }
  const asked = { file: join(folder, 'database.json'), printed: true }
  const { reports } = await runProgram(tool, { ...common, args: VERSION, reports: [asked] }, world)
  const hints = reports[0] && scannerHints(reports[0].report)
  if (hints) return hints
  throw fail(toolsErrors.TOOL_FAILED, {
    message: 'trivy has no vulnerability database, so it could find nothing.',
    where: 'trivy',
  })
}
