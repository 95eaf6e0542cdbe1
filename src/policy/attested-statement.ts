import { predicateTypes, testResult } from '../attestation/index.ts'
import type { VerifiedStatement } from '../attestation/index.ts'
import { printableLine } from '../base/index.ts'
import { evaluateCel } from './cel/expression.ts'
import { datedBy } from './dated-statements.ts'
import type { Facts } from './facts.ts'
import { staleness } from './freshness.ts'
import { CLOCK_SKEW, listed } from './judgement.ts'
import { predicateOf } from './predicates.ts'

/** What is asked of one statement. */
export interface StatementRule {
  readonly result?: readonly ('PASSED' | 'WARNED')[] | undefined
  readonly where?: string | undefined
  /** Milliseconds. */
  readonly maxAge?: number | undefined
  readonly date?: string | undefined
}

/** `stale` neither counts nor stands against the digest. `reason` is a part of a sentence. */
export interface StatementVerdict {
  readonly statement: VerifiedStatement
  readonly result: 'pass' | 'fail' | 'error' | 'stale'
  readonly reason: string
}

/** One statement of one listed signer, judged. A no stays a no, however old it is. */
export async function judgeStatement(
  statement: VerifiedStatement,
  rule: StatementRule,
  facts: Facts,
): Promise<StatementVerdict> {
  const judged = [resultOf(statement, rule), await conditionOf(statement, rule, facts)]
  const against = judged.find((one) => one.result === 'fail') ?? judged.find((one) => one.result === 'error')
  if (against) return { statement, ...against }
  const said =
    judged
      .map(({ reason }) => reason)
      .filter(Boolean)
      .join(', ') || 'stated'
  const dated = datedBy(statement, rule.date)
  if (dated.at && dated.at.getTime() > facts.now.getTime() + CLOCK_SKEW)
    return {
      statement,
      result: 'error',
      reason: `it is dated ${dated.at.toISOString()}, which is in the future`,
    }
  const stale = rule.maxAge === undefined ? undefined : staleness(dated, rule.maxAge, facts.now)
  if (stale) return { statement, result: 'stale', reason: `${said}, but it ${stale}` }
  return { statement, result: 'pass', reason: said }
}

type Part = Pick<StatementVerdict, 'result' | 'reason'>

function resultOf(
  { predicateType, statement }: VerifiedStatement,
  { result: accepted = ['PASSED'] }: StatementRule,
): Part {
  const isResult = predicateType === predicateTypes['test-result']
  const read = isResult ? predicateOf(statement, testResult)?.data : undefined
  if (!read) return { result: 'pass', reason: '' }
  const isAccepted = accepted.some((word) => word === read.result)
  return isAccepted
    ? { result: 'pass', reason: read.result }
    : { result: 'fail', reason: `${read.result}, required: ${listed(accepted)}` }
}

async function conditionOf(
  { statement, signer }: VerifiedStatement,
  { where }: StatementRule,
  facts: Facts,
): Promise<Part> {
  if (where === undefined) return { result: 'pass', reason: '' }
  const shown = printableLine(where, 120)
  const { now, application, environment, image } = facts
  const context = {
    now,
    application,
    environment,
    digest: image.digest,
    signer: signer.id,
    predicate: statement.predicate,
  }
  const value = await evaluateCel(where, 'predicate', () => Promise.resolve(context))
  if (value === true) return { result: 'pass', reason: `true: ${shown}` }
  if (value === false) return { result: 'fail', reason: `false: ${shown}` }
  return { result: 'error', reason: `${value.problem}: ${shown}` }
}
