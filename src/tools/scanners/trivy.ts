import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../base/index.ts'
import type { ReportKind } from '../../attestation/index.ts'
import { toolsErrors } from '../errors.ts'
import { runProgram } from '../programs/run-program.ts'
import { trivyProgram } from '../programs/trivy.ts'
import type { ReadyProgram, ToolWorld } from '../programs/run-program.ts'
import { scannerHints } from '../reports/scanner-database.ts'
import { trivyReader } from '../reports/trivy.ts'
import type { ReportHints } from '../report-reader.ts'
import { reportOf } from './report-of.ts'
import type { Site, SourceLook } from './source-look.ts'

type TrivyScanner = 'vuln' | 'misconfig' | 'secret' | 'license'

const KINDS: Readonly<Partial<Record<TrivyScanner, ReportKind>>> = {
  secret: 'secrets',
  vuln: 'vulnerabilities',
}

/**
 * `trivy fs` over a source tree, offline: nothing is fetched, so vulnerabilities need its database to be there. It runs
 * outside the tree, for `trivy.yaml` and `.trivyignore` are taken from where it stands.
 */
export function trivyLook({ scanners }: { readonly scanners: readonly TrivyScanner[] }): SourceLook {
  const call: SourceLook['call'] = (tool, { tree, reports, timeout }, world) => {
    const file = join(reports, 'trivy.json')
    const offline = ['--skip-db-update', '--skip-java-db-update', '--skip-check-update', '--offline-scan']
    const quiet = ['--no-progress', '--skip-version-check', '--disable-telemetry', '--show-suppressed']
    return Promise.resolve({
      args: [
        'fs',
        '--scanners',
        scanners.join(','),
        '--format',
        'json',
        '-o',
        file,
        '--exit-code',
        '0',
        ...quiet,
        ...offline,
        tree,
      ],
      accept: [0],
      reports: [{ file, format: 'trivy' }],
      ...withCache([tree], tool, world),
      timeout,
    })
  }
  return {
    program: trivyProgram,
    call,
    look: async (tool, site, world, hints) => {
      const database = scanners.includes('vuln') ? await databaseOf(tool, site, world) : {}
      const run = await runProgram(tool, await call(tool, site, world), world)
      const lookedFor = scanners.flatMap((scanner) => KINDS[scanner] ?? [])
      return { run, claims: trivyReader.read(reportOf(run), { ...hints, ...database, lookedFor }) }
    },
  }
}

/** A container has no cache of its own; it is shown the one of this machine. */
function withCache(reads: readonly string[], { container }: ReadyProgram, { env }: ToolWorld) {
  const home = env.XDG_CACHE_HOME ?? (env.HOME && join(env.HOME, '.cache'))
  const cache = env.TRIVY_CACHE_DIR ?? (home && join(home, 'trivy'))
  if (!container || !cache || !existsSync(cache)) return { reads }
  return { reads: [...reads, cache], env: { TRIVY_CACHE_DIR: cache } }
}

/** @throws TOOL_FAILED without a database: what cannot be looked up is not absent */
async function databaseOf(tool: ReadyProgram, site: Site, world: ToolWorld): Promise<ReportHints> {
  const file = join(site.reports, 'version.json')
  const reports = [{ file, printed: true }]
  const cache = withCache([], tool, world)
  const ask = { args: trivyProgram.versionArguments, accept: [0], reports, timeout: site.timeout, ...cache }
  const told = scannerHints(reportOf(await runProgram(tool, ask, { ...world, onOutput: () => {} })))
  if (told) return { databaseOn: told.databaseOn ?? '' }
  throw fail(toolsErrors.TOOL_FAILED, {
    message: 'trivy has no vulnerability database, so it cannot tell.',
    where: 'trivy',
    next: 'Fetch it first: "trivy fs --download-db-only .", from a mirror with --db-repository; or leave vuln out of scanners.',
  })
}
