import * as z from 'zod'
import { isAbout, predicateUri, statementsOf, testResult } from '../../attestation/index.ts'
import type { VerifiedStatement } from '../../attestation/index.ts'
import { printableLine } from '../../base/index.ts'
import { judgeStatement } from '../attested-statement.ts'
import type { StatementVerdict } from '../attested-statement.ts'
import { celExpression } from '../cel/expression.ts'
import { datedBy, lastOf } from '../dated-statements.ts'
import type { Facts, PlatformFacts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { count, listed, pass, quote, refuse, unclear } from '../judgement.ts'
import { duration, headcount, nonEmpty, oneOrMore } from '../options.ts'
import { platformName } from '../platform-name.ts'
import { personOf, predicateOf, unusableNote } from '../predicates.ts'
import { worstOf } from '../worst.ts'

const TEST_RESULT = predicateUri('test-result') ?? ''

const type = z
  .string()
  .transform((text, context) => {
    const uri = predicateUri(text)
    if (uri !== undefined) return uri
    const message = `found "${printableLine(text, 80)}", expected a short name such as test-result, or a URI`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .prefault('test-result')

export const attestedOptions = z
  .strictObject({
    type: type.describe('Predicate type, by short name or URI.'),
    name: nonEmpty
      .optional()
      .describe('Of test results: the name of the suite (the first configuration entry).'),
    signers: z.array(nonEmpty).min(1).describe('Signer ids of the trust policy whose word counts.'),
    count: headcount.describe('How many distinct signers.'),
    result: oneOrMore(z.enum(['PASSED', 'WARNED']))
      .optional()
      .describe('Of test results: what lets it through. Default: PASSED.'),
    where: celExpression('predicate')
      .optional()
      .describe('A CEL expression over `predicate` that must be true.'),
    maxAge: duration.optional().describe('How old the statement may be, e.g. 24h.'),
    date: z
      .string()
      .regex(/^[^.\s]+(?:\.[^.\s]+)*$/, 'expected a path into the predicate such as metadata.finishedOn')
      .optional()
      .describe('Where in the predicate its time is. Default: finishedOn or timestamp.'),
    missing: z
      .enum(['fail', 'pending'])
      .default('fail')
      .describe('pending: as long as somebody has not spoken, the promotion waits.'),
    perPlatform: z
      .boolean()
      .default(false)
      .describe("Every platform's manifest must be among the statements' subjects."),
  })
  .refine((given) => given.type === TEST_RESULT || (!given.name && !given.result), {
    error: 'expected name and result for the type test-result only; use where for others',
  })

export type AttestedOptions = z.output<typeof attestedOptions>

/** Enough listed signers stated it; of each signer the newest word counts, and a no of any of them is a no. */
export async function judgeAttested(options: AttestedOptions, facts: Facts): Promise<Judgement> {
  const all = statementsOf(facts.evidence, options.type).filter(({ signer }) =>
    options.signers.includes(signer.id),
  )
  const words = all
    .map(wordOf)
    .filter(({ suite }) => options.name === undefined || isMeant(suite, options.name))
  const unreadable = words.filter(({ suite }) => suite === null).map(({ statement }) => statement)
  if (unreadable.length > 0)
    return unclear(`${count(unreadable.length, 'signed test result')} cannot be read.`, unreadable)
  if (!options.perPlatform) return judgeAll(words, options, facts)
  const judged = await Promise.all(
    facts.image.platforms.map(async (platform) => {
      const about = words.filter(({ statement }) => covers(statement, platform, facts))
      const verdict = await judgeAll(about, options, facts)
      return { ...verdict, reason: `${platformName(platform.platform)}: ${verdict.reason}` }
    }),
  )
  return worstOf(judged)
}

interface Word {
  readonly statement: VerifiedStatement
  /** Of a test result; null when it cannot be read. */
  readonly suite: string | null | undefined
}

function wordOf(statement: VerifiedStatement): Word {
  if (statement.predicateType !== TEST_RESULT) return { statement, suite: undefined }
  const read = predicateOf(statement.statement, testResult)?.data
  return { statement, suite: read ? read.configuration[0]?.name : null }
}

// A name that cannot be read may be the one that is meant.
function isMeant(suite: Word['suite'], name: string): boolean {
  return suite === name || suite === null
}

function covers({ statement }: VerifiedStatement, { manifest }: PlatformFacts, { image }: Facts): boolean {
  return manifest === image.digest || isAbout(statement, manifest)
}

async function judgeAll(words: readonly Word[], options: AttestedOptions, facts: Facts): Promise<Judgement> {
  // One signer may say several things: a newer word about one suite takes nothing back about another.
  const said = Map.groupBy(words, ({ statement, suite }) => `${personOf(statement.signer)}\n${suite ?? ''}`)
  const dated = ({ statement }: Word) => datedBy(statement, options.date)
  const last = [...said.values()].flatMap((own) => lastOf(own, dated))
  const judged = await Promise.all(last.map(({ statement }) => judgeStatement(statement, options, facts)))
  const saying = (result: StatementVerdict['result']) => judged.filter((one) => one.result === result)
  const reasons = (found: readonly StatementVerdict[]) =>
    `${found.map(({ statement, reason }) => `${statement.signer.id}: ${reason}`).join('; ')}.`
  for (const [result, say] of [['fail', refuse] as const, ['error', unclear] as const]) {
    const found = saying(result)
    if (found.length > 0)
      return say(
        reasons(found),
        found.map(({ statement }) => statement),
      )
  }
  const good = saying('pass').map(({ statement }) => statement)
  const counted = new Set(good.map(({ signer }) => personOf(signer)))
  if (counted.size >= options.count) return pass(reasons(saying('pass')), good)
  return lacking(options, facts, { counted: counted.size, good, stale: saying('stale') })
}

interface Tally {
  readonly counted: number
  readonly good: readonly VerifiedStatement[]
  readonly stale: readonly StatementVerdict[]
}

function lacking(options: AttestedOptions, facts: Facts, { counted, good, stale }: Tally): Judgement {
  const what = options.name === undefined ? quote(options.type) : quote(options.name)
  const old = stale
    .map(({ statement, reason }) => `; not counted: ${statement.signer.id}: ${reason}`)
    .join('')
  const reason = `${count(counted, 'statement')} ${what} of ${listed(options.signers)} counts, required: ${options.count}${old}${unusableNote(facts.evidence, options.type)}.`
  if (options.missing === 'fail') return refuse(reason, good)
  const done = new Set(good.map(({ signer }) => signer.id))
  const waitingFor = options.signers.filter((id) => !done.has(id))
  return { result: 'pending', reason, evidence: good.map(({ payload }) => payload), waitingFor }
}
