import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fail } from '../../base/index.ts'
import { openProgram, toolsErrors } from '../../tools/index.ts'
import type { ProgramSettings, ReadyProgram, ToolWorld } from '../../tools/index.ts'
import type { CheckParts } from './check-parts.ts'
import { couldNotTell, NOTHING } from './checked.ts'
import type { Checked } from './checked.ts'
import { told } from './claim-facts.ts'
import { howToInstall } from './install.ts'
import { IGNORED, judge } from './judge.ts'
import { keepReports } from './keep-reports.ts'
import type { CheckResult } from '../check-outcome.ts'
import type { PlannedCheck } from './planned-check.ts'
import type { SourceTree } from './source-tree.ts'

export interface CheckWork {
  readonly tree: SourceTree
  readonly dryRun: boolean
  /** Absolute folder for raw reports. */
  readonly reports: string | undefined
  readonly onOutput: (piece: Buffer) => void
}

/** Finds the tool, lets it look, and judges what it found. @throws whatever keeps it from telling */
export async function runCheck(check: PlannedCheck, work: CheckWork, parts: CheckParts): Promise<Checked> {
  const { directory, env, signal, clock } = parts
  const { look, tree, commits } = await check.prepare(work.tree.directory, parts)
  const world: ToolWorld = { directory, env, signal, now: () => clock.now(), onOutput: work.onOutput }
  const settings = parts.tools[check.tool] ?? {}
  const tool = await openProgram(look.program, settings, world)
  if (!tool) return missing(check, settings)
  const about = { ...nameOf(check), tool: toolTold(tool), ...(commits !== undefined && { commits }) }
  const checked = inEmptyFolder(async (reports) => {
    const site = { tree, reports, timeout: check.timeout }
    if (work.dryRun) {
      const { args } = await look.call(tool, { ...site, reports: '/reports' }, world)
      return planned(about, args)
    }
    const setAside = ({ id }: { readonly id: string }) =>
      check.rule.ignore.includes(id) ? IGNORED : undefined
    const { run, claims } = await look.look(tool, site, world, { suite: check.name, setAside })
    if (work.reports) await keepReports(check, run.reports, work.reports)
    return {
      result: { ...about, ...judge(claims, check.rule) },
      claims: claims.map((one) => told(one, run, commits)),
    }
  })
  return checked.catch((error: unknown) => {
    signal.throwIfAborted()
    return couldNotTell(about, error)
  })
}

/** A check that may be missing is left out, and says so; it is no pass. @throws TOOL_MISSING */
function missing(check: PlannedCheck, settings: ProgramSettings): Checked {
  const what =
    settings.image === undefined
      ? check.tool
      : `docker, podman or nerdctl, to run ${check.tool} from its image`
  const reason = `This machine has no ${what}.`
  const next = howToInstall(check.tool)
  if (!check.optional)
    throw fail(toolsErrors.TOOL_MISSING, { message: reason, where: check.name, ...(next && { next }) })
  const result = { ...nameOf(check), ...NOTHING, result: 'missing' as const, reason, ...(next && { next }) }
  return { result, claims: [] }
}

function planned(about: Pick<CheckResult, 'check' | 'tool'>, command: readonly string[]): Checked {
  const reason = 'would run'
  return { result: { ...about, ...NOTHING, result: 'planned', reason, command }, claims: [] }
}

function nameOf({ name, application }: PlannedCheck) {
  return { check: name, ...(application !== undefined && { application }) }
}

function toolTold({
  program,
  version,
  digest,
  path,
  container,
}: ReadyProgram): NonNullable<CheckResult['tool']> {
  const name = basename(path) === program.name || container ? program.name : basename(path)
  return { name, ...(version && { version }), digest, ...(container ? { image: container.image } : { path }) }
}

async function inEmptyFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-check-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
