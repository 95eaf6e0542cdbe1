import { existsSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reportIn } from '../../attestation/index.ts'
import { fail } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import type { Program, ToolCall } from '../programs/program.ts'
import { runProgram } from '../programs/run-program.ts'
import type { ReadyProgram, ToolRun, ToolWorld } from '../programs/run-program.ts'
import { gitleaksReader } from '../reports/gitleaks.ts'
import type { ReportHints } from '../report-reader.ts'
import type { History } from './history.ts'
import { heardOf, reportOf } from './report-of.ts'
import { setAside } from './set-aside.ts'
import type { Looked, Site, SourceLook } from './source-look.ts'

// Not 1: gitleaks itself ends with 1 when it breaks.
const FOUND = 9
const OWN_RULES = 'title = "Waybill"\n[extend]\nuseDefault = true\n'
const SET_ASIDE = 'in the tree (gitleaks:allow, .gitleaksignore, .gitleaks.toml)'
const PROBE_TIMEOUT = 60_000

export const gitleaks: Program = {
  name: 'gitleaks',
  executables: ['gitleaks', 'betterleaks'],
  versionArguments: ['version'],
  readVersion: (printed) => /^v?(\d+\.\d+\.\d+\S*)$/m.exec(printed.trim())?.[1],
  refused: [],
  sees: [],
  env: {},
}

export interface GitleaksSettings {
  /** undefined: the files as they are. */
  readonly history: History | undefined
  /** Absolute; default: gitleaks' own rules. */
  readonly config?: string | undefined
  readonly baseline?: string | undefined
}

/**
 * gitleaks, strictly: what the tree itself sets aside (`.gitleaksignore`, `.gitleaks.toml`, `gitleaks:allow`, and
 * `-diff` in `.gitattributes`, which hides a file from git log) is found all the same. When there is something, a
 * second run that listens to the tree tells which of it is set aside there.
 */
export function gitleaksLook(settings: GitleaksSettings): SourceLook {
  const call: SourceLook['call'] = async (tool, site, world) => {
    const strict = ['--ignore-gitleaks-allow', '-i', join(site.reports, 'none')]
    const rules = ['-c', settings.config ?? rulesFile(site)]
    const words = [...(await verb(tool, world, settings)), placeOf(settings, site)]
    return callOf(words, [...strict, ...rules], settings, site)
  }
  return {
    program: gitleaks,
    call,
    look: async (tool, site, world, hints) => {
      await prepare(site)
      const run = await runProgram(tool, await call(tool, site, world), world)
      return looked(run, tool, settings, site, world, hints)
    },
  }
}

async function looked(
  run: ToolRun,
  tool: ReadyProgram,
  settings: GitleaksSettings,
  site: Site,
  world: ToolWorld,
  hints: ReportHints,
): Promise<Looked> {
  const report = reportOf(run)
  const own = { ...hints, base: `${linkTo(site.reports)}/` }
  if (run.code === 0) return { run, claims: gitleaksReader.read(report, own) }
  const heard = await heardOf(tool, await lenientCall(tool, settings, site, world), world)
  const hushed = heard && gitleaksReader.read(heard, hints)
  const claims = gitleaksReader.read(report, setAside(own, hushed, SET_ASIDE))
  if (claims.some(({ predicate }) => (reportIn(predicate)?.findings ?? []).length > 0)) return { run, claims }
  throw fail(toolsErrors.TOOL_FAILED, {
    message: 'It ended as with findings, and its report has none.',
    where: gitleaks.name,
  })
}

/** From within the tree, so that fingerprints of files are as its ignore file has them. */
async function lenientCall(
  tool: ReadyProgram,
  settings: GitleaksSettings,
  site: Site,
  world: ToolWorld,
): Promise<ToolCall> {
  const words = [...(await verb(tool, world, settings)), settings.history?.gitDirectory ?? '.']
  const call = callOf(words, ownWords(site, settings), settings, site, 'lenient.json')
  return { ...call, cwd: site.tree }
}

/** gitleaks 8.19 renamed `detect` to `git` and `dir`; a program made by `go install` does not know its version. */
async function verb(tool: ReadyProgram, world: ToolWorld, { history }: GitleaksSettings) {
  const args = ['git', '--help']
  const probe = { args, accept: [0, 1, 126], reports: [], reads: [], timeout: PROBE_TIMEOUT }
  const { said } = await runProgram(tool, probe, { ...world, onOutput: () => {} })
  if (said.includes('gitleaks git [') || said.includes('betterleaks git [')) return [history ? 'git' : 'dir']
  return history ? ['detect', '--source'] : ['detect', '--no-git', '--source']
}

function callOf(
  words: readonly string[],
  more: readonly string[],
  { history, baseline }: GitleaksSettings,
  { tree, reports, timeout }: Site,
  name = 'gitleaks.json',
): ToolCall {
  const file = join(reports, name)
  const options = [
    '--no-banner',
    '--no-color',
    '--redact',
    '-f',
    'json',
    '-r',
    file,
    '--exit-code',
    `${FOUND}`,
  ]
  return {
    args: [
      ...words,
      ...options,
      ...(history ? ['--log-opts', history.logOptions] : []),
      ...(baseline === undefined ? [] : ['-b', baseline]),
      ...more,
    ],
    // git would refuse a repository of another user, although it let us in.
    env: { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
    accept: [0, FOUND],
    reports: [{ file, format: 'gitleaks' }],
    reads: [tree, ...(history ? [history.gitDirectory] : [])],
    timeout,
  }
}

/** The git folder, not the working copy: ignore files and attributes of a tree are looked up beside what is scanned. */
function placeOf({ history }: GitleaksSettings, { reports }: Site): string {
  return history?.gitDirectory ?? `${linkTo(reports)}/.`
}

/** Where the tree says what it sets aside. */
function ownWords({ tree }: Site, { config }: GitleaksSettings): readonly string[] {
  const own = join(tree, '.gitleaks.toml')
  const rules = config ?? (existsSync(own) ? own : undefined)
  return ['-i', tree, ...(rules === undefined ? [] : ['-c', rules])]
}

/** A link with a name that nobody can guess: fingerprints in an ignore file hold the path as it was given. */
async function prepare(site: Site): Promise<void> {
  await symlink(site.tree, linkTo(site.reports))
  await writeFile(rulesFile(site), OWN_RULES)
}

function linkTo(reports: string): string {
  return join(reports, 'tree')
}

function rulesFile({ reports }: Site): string {
  return join(reports, 'rules.toml')
}
