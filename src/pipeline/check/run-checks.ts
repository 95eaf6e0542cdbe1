import { availableParallelism } from 'node:os'
import { fail, printableLine, sideBySide } from '../../base/index.ts'
import type { ReportClaim } from '../../tools/index.ts'
import { pipelineErrors } from '../errors.ts'
import type { CheckOutputs, CheckParts } from './check-parts.ts'
import { refuseDocument, signersReady, writeEvidence } from './evidence.ts'
import type { CheckCommand, CheckOutcome, CheckResult } from '../check-outcome.ts'
import { planChecks } from './planned-check.ts'
import { runCheck } from './run-check.ts'
import { runItem } from './run-item.ts'
import type { Item } from './run-item.ts'
import type { Check } from './schema.ts'
import { cleanSource, sourceTree } from './source-tree.ts'

/** One application, as far as its source is concerned. */
export interface CheckedApplication {
  readonly name: string
  /** Address of its repository, as waybill.yaml has it. */
  readonly source?: string | undefined
  readonly checks: readonly Check[]
}

/**
 * Looks for what must not be in a source, with all tools at once, and signs what they found if that is asked for.
 * A tool that is missing or breaks is an error; only one that ran and found nothing that counts is a pass.
 * @throws CHECKS_UNCONFIGURED, SOURCE_DIRTY, SOURCE_UNKNOWN, KEY_*; what keeps a check from telling is its result
 */
export async function runChecks(
  applications: readonly CheckedApplication[],
  { only, dryRun = false }: Pick<CheckCommand, 'only' | 'dryRun'>,
  { reports, evidence }: CheckOutputs,
  parts: CheckParts,
): Promise<CheckOutcome> {
  const checks = chosen(planChecks(applications), only, 'check')
  const tree = await sourceTree(applications.find(({ source }) => source)?.source, parts)
  const source = evidence && cleanSource(tree)
  if (source)
    await signersReady(
      checks.some(({ scansPackages }) => scansPackages),
      parts,
    )
  const items = checks.map((check): Item => {
    const { name, application } = check
    const work: Item['work'] = async (onOutput) => {
      const checked = await runCheck(check, { tree, dryRun, reports, onOutput }, parts)
      for (const claim of checked.claims) refuseDocument(claim, name)
      return checked
    }
    return { name, application, work }
  })
  const done = await sideBySide(items, availableParallelism(), (item) => runItem(item, items.length, parts))
  const claims = done.flatMap((one) => one.claims)
  const results = done.map(({ result }) => result)
  return {
    kind: 'check',
    outcome: outcomeOf(results),
    applications: applications.map(({ name }) => name),
    ...(tree.commit !== undefined && { commit: tree.commit, dirty: tree.dirty }),
    checks: results,
    ...(await written(claims, source, dryRun ? undefined : evidence, parts)),
  }
}

export async function written(
  claims: readonly ReportClaim[],
  source: ReturnType<typeof cleanSource> | undefined,
  evidence: CheckOutputs['evidence'],
  parts: CheckParts,
): Promise<Pick<CheckOutcome, 'evidence'>> {
  if (!source || !evidence) return {}
  return { evidence: await writeEvidence(claims, source, evidence, parts) }
}

/** A definite no outranks what could not be told, as with gates. */
export function outcomeOf(results: readonly CheckResult[]): CheckOutcome['outcome'] {
  const has = (wanted: CheckResult['result']) => results.some(({ result }) => result === wanted)
  if (has('fail')) return 'fail'
  if (has('error')) return 'error'
  // Nothing but what is missing is no pass.
  if (has('pass')) return 'pass'
  return has('planned') ? 'planned' : 'error'
}

/** The ones that are asked for. @throws CHECKS_UNCONFIGURED for a name that is none of them, and when there are none */
export function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  only: readonly string[] | undefined,
  noun: string,
): readonly T[] {
  const unknown = (only ?? []).find((name) => !all.some((one) => one.name === name))
  const names = all.map(({ name }) => name).join(', ') || 'none'
  if (unknown !== undefined || all.length === 0)
    throw fail(pipelineErrors.CHECKS_UNCONFIGURED, {
      message:
        unknown === undefined
          ? `waybill.yaml has no ${noun} for this application.`
          : `Found no ${noun} "${printableLine(unknown, 60)}", expected one of ${names}.`,
    })
  return only === undefined ? all : all.filter(({ name }) => only.includes(name))
}
