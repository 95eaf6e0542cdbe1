import { glob } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail, parseDuration } from '../../base/index.ts'
import type { Severity } from '../../attestation/index.ts'
import {
  checkovLook,
  commandLook,
  gitleaksLook,
  hadolintLook,
  historyOf,
  trivyLook,
} from '../../tools/index.ts'
import type { SourceLook } from '../../tools/index.ts'
import { pipelineErrors } from '../errors.ts'
import type { CheckParts } from './check-parts.ts'
import type { Check } from './schema.ts'
import { within } from './source-tree.ts'

/** What makes a finding count. */
export interface Rule {
  /** 'any': whatever is found. What nobody rated counts always. */
  readonly block: 'any' | readonly Severity[]
  readonly ignore: readonly string[]
  readonly ignoreUnfixed: boolean
}

/** A check before it runs; what its settings name is looked up when it does. */
export interface PlannedCheck {
  readonly name: string
  /** Of whom, when it is not everybody's. */
  readonly application: string | undefined
  /** Name of its entry in `tools`. */
  readonly tool: string
  readonly optional: boolean
  /** Milliseconds. */
  readonly timeout: number
  readonly rule: Rule
  /** May find vulnerabilities, which are signed as such. */
  readonly scansPackages: boolean
  readonly prepare: (root: string, parts: CheckParts) => Promise<Prepared>
}

export interface Prepared {
  readonly look: SourceLook
  /** Absolute. */
  readonly tree: string
  readonly commits?: string
}

/** Every check once: those of the whole file, and those of single applications. */
export function planChecks(
  applications: readonly { readonly name: string; readonly checks: readonly Check[] }[],
): readonly PlannedCheck[] {
  const shared = applications[0]?.checks
  const isShared = applications.every(({ checks }) => checks === shared)
  const all = isShared
    ? (shared ?? []).map((check) => plan(check, undefined))
    : applications.flatMap(({ name, checks }) => checks.map((check) => plan(check, name)))
  return unique(all)
}

/** Two of one name: `gitleaks`, `gitleaks-2`. */
function unique(all: readonly PlannedCheck[]): readonly PlannedCheck[] {
  const times = new Map<string, number>()
  return all.map((one) => {
    const key = `${one.application ?? ''} ${one.name}`
    const time = (times.get(key) ?? 0) + 1
    times.set(key, time)
    return time === 1 ? one : { ...one, name: `${one.name}-${time}` }
  })
}

function plan(check: Check, application: string | undefined): PlannedCheck {
  if ('gitleaks' in check) return gitleaks(check.gitleaks, application)
  if ('checkov' in check) {
    const { checkov } = check
    const prepare = simply(checkov.path, () => checkovLook(checkov))
    return { ...common('checkov', checkov, application), prepare }
  }
  if ('trivy' in check) {
    const { trivy } = check
    const { block, ignoreUnfixed } = trivy
    return {
      ...common('trivy', trivy, application, { block, ignoreUnfixed }),
      scansPackages: trivy.scanners.includes('vuln'),
      prepare: simply(trivy.path, () => trivyLook(trivy)),
    }
  }
  if ('hadolint' in check) return hadolint(check.hadolint, application)
  const { command } = check
  return {
    ...common(command.name, command, application, { block: command.block }),
    scansPackages: PACKAGE_SCANS.has(command.format ?? ''),
    prepare: simply(command.path, (_tree, { directory }) => commandLook({ ...command, directory })),
  }
}

/** Formats that hold vulnerabilities. */
const PACKAGE_SCANS: ReadonlySet<string> = new Set(['trivy', 'trivy-cosign-vuln', 'grype', 'osv-scanner'])

type Settings<K extends string> = Check extends infer One
  ? One extends Record<K, infer S>
    ? S
    : never
  : never

function common(
  name: string,
  { optional, timeout, ignore }: { optional: boolean; timeout: string; ignore: readonly string[] },
  application: string | undefined,
  rule: Partial<Rule> = {},
) {
  return {
    name,
    tool: name,
    application,
    optional,
    timeout: parseDuration(timeout) ?? 0,
    rule: { block: 'any' as const, ignoreUnfixed: false, ignore, ...rule },
    scansPackages: false,
  }
}

function simply(
  path: string,
  make: (tree: string, parts: CheckParts) => SourceLook,
): PlannedCheck['prepare'] {
  return async (root, parts) => {
    const tree = await within(root, path)
    return { tree, look: make(tree, parts) }
  }
}

function gitleaks(settings: Settings<'gitleaks'>, application: string | undefined): PlannedCheck {
  const { path, history: want } = settings
  return {
    ...common('gitleaks', settings, application),
    prepare: async (root, { directory, env, signal }) => {
      const tree = await within(root, path)
      const history = want === 'none' ? undefined : await historyOf(tree, want, env, signal)
      const config = settings.config && resolve(directory, settings.config)
      const baseline = settings.baseline && resolve(directory, settings.baseline)
      const look = gitleaksLook({ history, config, baseline })
      return { tree, look, ...(history && { commits: history.commits }) }
    },
  }
}

function hadolint(settings: Settings<'hadolint'>, application: string | undefined): PlannedCheck {
  const { path, block } = settings
  return {
    ...common('hadolint', settings, application, { block }),
    prepare: async (root, { directory }) => {
      const tree = await within(root, path)
      const files = await dockerfiles(settings.files, tree)
      const config = settings.config && resolve(directory, settings.config)
      return { tree, look: hadolintLook({ files, config }) }
    },
  }
}

const MAX_DOCKERFILES = 1000

/** @throws CONTEXT_UNUSABLE when a name or pattern matches nothing, CONTEXT_ESCAPE */
async function dockerfiles(patterns: readonly string[], tree: string): Promise<readonly string[]> {
  const found = new Set<string>()
  for (const pattern of patterns) {
    const files = /[*?]/.test(pattern) ? await Array.fromAsync(glob(pattern, { cwd: tree })) : [pattern]
    if (files.length === 0 || files.length > MAX_DOCKERFILES)
      throw fail(pipelineErrors.CONTEXT_UNUSABLE, {
        message: `${files.length} files match ${pattern}, expected 1 to ${MAX_DOCKERFILES}.`,
        where: tree,
        next: 'Correct `files` of hadolint in waybill.yaml.',
      })
    for (const file of files) {
      await within(tree, file)
      found.add(file)
    }
  }
  return [...found].toSorted()
}
