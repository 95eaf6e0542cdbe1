import type { VerifiedStatement } from '../../attestation/index.ts'
import { approval, predicateName, predicateTypes, statementsOf } from '../../attestation/index.ts'
import { formatPlatform } from '../../oci/index.ts'
import type { Facts, ImageDetails } from '../facts.ts'
import { factsOf } from '../predicates.ts'
import { numberOf, reportsOf } from '../reports.ts'
import type { Reported } from '../reports.ts'
import { activeWaivers } from '../waivers.ts'
import { buildValue } from './build-values.ts'
import type { CelContext } from './compile.ts'
import { ActiveWaiver, Approval, Platform, Suite, Target } from './records.ts'
import { coverageIn, reportsIn, sbomIn, vulnerabilitiesIn } from './report-values.ts'
import { time } from './time.ts'
import { upstreamValues } from './upstream-values.ts'

type Value = (facts: Facts) => unknown

/** Every name, and where its value comes from. What is undefined is absent. */
const values: Readonly<Record<string, Value>> = {
  now: ({ now }) => now,
  application: ({ application }) => application,
  environment: ({ environment }) => environment,
  requestedBy: ({ requestedBy }) => requestedBy,
  ticket: ({ ticket }) => ticket,
  quarantined: ({ quarantined, image }) => quarantined.some(({ digest }) => digest === image.digest),
  image: imageValues,
  build: buildValue,
  platforms: ({ image }) => platformsOf(image.details),
  target: ({ target }) => targetValue(target),
  upstream: upstreamValues,
  tests: testsBySuite,
  vulnerabilities: ({ evidence }) => vulnerabilitiesIn(evidence),
  coverage: ({ evidence }) => coverageIn(evidence),
  sbom: ({ evidence }) => sbomIn(evidence),
  reports: ({ evidence }) => reportsIn(evidence),
  waivers: waiversIn,
  approvals: approvalsIn,
  signers: ({ evidence }) => statementsOf(evidence, predicateTypes.signature).map(({ signer }) => signer.id),
  tickets: ticketsIn,
  statements: ({ evidence }) => statementsByName(evidence.valid),
  evidence: ({ evidence }) => evidenceByName(evidence.valid),
}

/**
 * Facts as an expression sees them: those whose names it holds. What is not known is absent, so that asking for it is
 * an error, never a pass.
 */
export async function celContext(facts: Facts, expression: string): Promise<CelContext> {
  const named = Object.entries(values).filter(([name]) => expression.includes(name))
  const read = await Promise.all(named.map(async ([name, value]) => [name, await value(facts)] as const))
  return known(Object.fromEntries(read))
}

function imageValues({ image }: Facts) {
  return {
    digest: image.digest,
    mediaType: image.mediaType,
    annotations: image.annotations,
    platforms: image.platforms.map(({ platform }) => formatPlatform(platform)),
  }
}

function ticketsIn({ tickets }: Facts) {
  return Object.fromEntries(
    tickets.flatMap((asked) => ('answer' in asked ? [[asked.ticket, asked.answer]] : [])),
  )
}

function platformsOf(details: readonly ImageDetails[] | undefined): readonly Platform[] | undefined {
  return details?.map(
    (one) =>
      new Platform({
        ...one,
        platform: formatPlatform(one.platform),
        size: BigInt(one.size),
        layers: BigInt(one.layers.length),
        created: time(one.created),
      }),
  )
}

/** Without fields while nothing is there, so that `has(target.digest)` can ask. */
function targetValue(target: Facts['target']): Target {
  if (!target) return new Target({})
  const { digest, since, details } = target
  return new Target({ digest, since: time(since), platforms: platformsOf(details) })
}

function waiversIn(facts: Facts): readonly ActiveWaiver[] {
  return activeWaivers(facts).map(
    ({ predicate, signer }) =>
      new ActiveWaiver({
        gate: predicate.gate,
        findings: predicate.findings ?? [],
        packages: predicate.packages ?? [],
        reason: predicate.reason,
        ticket: predicate.ticket,
        signer: signer.id,
        notAfter: time(predicate.notAfter),
      }),
  )
}

/**
 * Every signed decision about this application and environment; what the gate `approval` would count of them is its own.
 * undefined when one cannot be read: it may be a rejection.
 */
function approvalsIn(facts: Facts): readonly Approval[] | undefined {
  const { read, unreadable } = factsOf(facts.evidence, 'approval', approval)
  if (unreadable.length > 0) return undefined
  const here = read.filter(
    ({ predicate }) =>
      predicate.application === facts.application && predicate.environment === facts.environment,
  )
  return here.map(
    ({ predicate, signer }) =>
      new Approval({
        decision: predicate.decision,
        approver: signer.identity ?? signer.id,
        signer: signer.id,
        roles: signer.roles,
        samePolicy: predicate.policy.digest === facts.policyDigest,
        reason: predicate.reason,
        ticket: predicate.ticket,
        createdOn: time(predicate.createdOn),
      }),
  )
}

interface Shown {
  readonly predicate: object
  readonly signer: string
}

// One statement: its predicate. Several: a list, on which asking for a field is an error rather than a guess.
function onlyPredicate(all: readonly Shown[]): unknown {
  const [first, ...others] = all.map((entry) => entry.predicate)
  return others.length === 0 ? first : [first, ...others]
}

function evidenceByName(valid: readonly VerifiedStatement[]) {
  const named = Object.entries(statementsByName(valid))
  return Object.fromEntries(named.map(([name, all]) => [name, onlyPredicate(all)]))
}

function statementsByName(valid: readonly VerifiedStatement[]): Readonly<Record<string, readonly Shown[]>> {
  const named = valid.flatMap(({ predicateType, statement, signer }) =>
    namesOf(predicateType).map((name) => ({
      name,
      shown: { predicate: statement.predicate, signer: signer.id },
    })),
  )
  const groups = Map.groupBy(named, (entry) => entry.name)
  return Object.fromEntries([...groups].map(([name, entries]) => [name, entries.map((entry) => entry.shown)]))
}

/** Waybill's short name; for any other type the whole URI and its last word: `https://example.com/coverage/v1` → `coverage`. */
function namesOf(predicateType: string): readonly string[] {
  const name = predicateName(predicateType)
  if (name !== predicateType) return [name]
  const words = predicateType.split('/').slice(3)
  const word = words.findLast((part) => !/^v?\d+(\.\d+)*$/.test(part)) ?? ''
  const usable = /^[A-Za-z_][A-Za-z0-9_]*$/.test(word) && !(word in predicateTypes)
  return usable ? [predicateType, word] : [predicateType]
}

/** undefined when a test result cannot be read: it may be a failure. */
function testsBySuite(facts: Facts): Readonly<Record<string, Suite>> | undefined {
  const rank = { FAILED: 2, WARNED: 1, PASSED: 0 } as const
  // Scans and coverage are test results by type; their names are no suites.
  const { read, unreadable } = reportsOf(facts.evidence, ['tests'])
  if (unreadable.length > 0) return undefined
  const worstLast = read.toSorted((a, b) => rank[a.predicate.result] - rank[b.predicate.result])
  return Object.fromEntries(
    worstLast.map(({ predicate }) => [predicate.configuration[0]?.name ?? '', suite(predicate)]),
  )
}

// A failure that names no test is not "none failed".
function suite(predicate: Reported['predicate']): Suite {
  const failed = numberOf(predicate, 'failed')
  return new Suite({
    result: predicate.result,
    passed: BigInt(numberOf(predicate, 'passed')),
    warned: BigInt(predicate.warnedTests?.length ?? 0),
    failed: predicate.result === 'FAILED' && failed === 0 ? undefined : BigInt(failed),
  })
}

function known(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}
