import type {
  Evidence,
  ReportFacts,
  ReportKind,
  TestResult,
  VerifiedStatement,
} from '../attestation/index.ts'
import { isAbout, predicateTypes, REPORT, reportIn, statementsOf, testResult } from '../attestation/index.ts'
import { isObject, parseInstant } from '../base/index.ts'
import type { Facts, PlatformFacts } from './facts.ts'
import { dateOf, staleness } from './freshness.ts'
import { CLOCK_SKEW, listed } from './judgement.ts'
import { isPlatform, platformName } from './platform-name.ts'
import { predicateOf, unusableNote } from './predicates.ts'
import type { Fact } from './predicates.ts'

/** A signed test-result of one kind of report. */
export interface Reported extends Fact<TestResult> {
  /** Waybill's account of the report; tests that others signed have none. */
  readonly report: ReportFacts | undefined
  /** Name of the suite or scan: the first `configuration[].name`. */
  readonly name: string | undefined
  /** The same for every run of the same thing: signer, name, tool and subjects. */
  readonly run: string
  /** Milliseconds since 1970, by their own account. */
  readonly finishedAt: number | undefined
  readonly attestedAt: number | undefined
}

export interface Reports {
  readonly read: readonly Reported[]
  readonly unreadable: readonly VerifiedStatement[]
}

/**
 * Test results of these kinds. One without an account of its report is a test result like those of other tools;
 * never a scan, so a scan cannot be passed off as tests, nor tests as a scan.
 * @param signers only these count. Default: everybody whom the trust policy lets say it
 */
export function reportsOf(
  evidence: Evidence,
  kinds: readonly ReportKind[],
  signers?: readonly string[],
): Reports {
  const read: Reported[] = []
  const unreadable: VerifiedStatement[] = []
  for (const given of statementsOf(evidence, predicateTypes['test-result'])) {
    const kind = kindOf(given)
    const isWanted = kind === undefined || kinds.some((one) => one === kind)
    if (!isWanted || (signers && !signers.includes(given.signer.id))) continue
    const report = readReport(given)
    if (report) read.push(report)
    else unreadable.push(given)
  }
  return { read, unreadable }
}

/** Names are cut off in long lists, the counts are not. */
export function numberOf(predicate: TestResult, state: 'passed' | 'failed'): number {
  const names = (state === 'passed' ? predicate.passedTests : predicate.failedTests) ?? []
  return Math.max(names.length, countOf(predicate, state) ?? 0)
}

export function countOf(predicate: TestResult, state: 'passed' | 'failed' | 'skipped'): number | undefined {
  const number = predicate.configuration[0]?.annotations?.[state]
  return typeof number === 'number' && number >= 0 ? number : undefined
}

/** undefined = nobody can tell, so it may be any. */
function kindOf({ statement }: VerifiedStatement): string | undefined {
  const told = statement.predicate[REPORT]
  if (told === undefined) return 'tests'
  return isObject(told) && typeof told.kind === 'string' ? told.kind : undefined
}

// Every gate over reports asks this of the same statements.
const known = new WeakMap<VerifiedStatement, Reported | undefined>()

function readReport(given: VerifiedStatement): Reported | undefined {
  if (!known.has(given)) known.set(given, reportedIn(given))
  return known.get(given)
}

function reportedIn({ statement, payload, signer, provenOn }: VerifiedStatement): Reported | undefined {
  const predicate = predicateOf(statement, testResult)?.data
  const report = reportIn(statement.predicate)
  if (!predicate || (!report && statement.predicate[REPORT] !== undefined)) return undefined
  const name = predicate.configuration[0]?.name
  const subjects = statement.subject.flatMap(({ digest }) => Object.values(digest)).join()
  return {
    statement,
    payload,
    signer,
    provenOn,
    predicate,
    report,
    name,
    run: JSON.stringify([signer.id, name, report?.tool.name, subjects]),
    finishedAt: timeOf(report?.finishedOn),
    attestedAt: timeOf(report?.attestedOn),
  }
}

/**
 * What still stands: a later report takes the place of earlier ones of the same signer, tool, name and platforms.
 * Reports that nobody named stand side by side: two runs over different parts would hide each other. Without two
 * times that can be compared both stand.
 */
export function standing(reports: readonly Reported[], facts: Facts): readonly Reported[] {
  // From the latest on: what answers an earlier run is found at once.
  const runs = [...Map.groupBy(reports, ({ run }) => run).values()].map((run) =>
    run.toSorted((a, b) => (ownTime(b) ?? 0) - (ownTime(a) ?? 0)),
  )
  const answered = runs.flatMap((run) =>
    run.filter((one) => run.some((other) => isLater(other, one, facts.now) && answers(other, one))),
  )
  const gone = new Set(answered.filter(isNamed))
  return reports.filter((one) => !gone.has(one))
}

function isNamed({ name, report }: Reported): boolean {
  return name !== undefined && name !== report?.kind
}

/**
 * Did the later run run what had failed? Shards of one suite, attested one by one, are no repetitions of each other.
 * Long lists of names are cut off; then it must at least have run as many tests.
 */
function answers(later: Reported, earlier: Reported): boolean {
  if (later.report?.kind !== 'tests' && later.report?.kind !== 'structure') return true
  const toAnswer = earlier.predicate.failedTests ?? []
  if (toAnswer.length === 0) return true
  const { passedTests = [], warnedTests = [], failedTests = [] } = later.predicate
  const all = [...passedTests, ...warnedTests, ...failedTests]
  const names = new Set(all)
  if (toAnswer.every((name) => names.has(name))) return true
  return testsIn(later) > all.length && testsIn(later) >= testsIn(earlier)
}

function testsIn({ report }: Reported): number {
  const { passed = 0, failed = 0 } = report?.counts ?? {}
  return passed + failed
}

/**
 * The later one must say so itself, over its own signature: a timestamp can be put on an old statement by anybody.
 * Of the earlier one whatever is latest counts.
 */
function isLater(later: Reported, earlier: Reported, now: Date): boolean {
  const end = later.finishedAt
  const earlierEnd = earlier.finishedAt
  const own = ownTime(later)
  if (own === undefined || own > now.getTime() + CLOCK_SKEW) return false
  if (end !== undefined && earlierEnd !== undefined) return end > earlierEnd
  const told = [earlierEnd, earlier.attestedAt, timeOf(earlier.provenOn)]
  const times = told.filter((time) => time !== undefined)
  return times.length > 0 && own > Math.max(...times)
}

function ownTime({ finishedAt, attestedAt }: Reported): number | undefined {
  return finishedAt ?? attestedAt
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseInstant(text)
}

/** Why a report is too old for `maxAge` milliseconds, or undated; undefined when it is fresh or no age is asked for. */
function reportStaleness(reported: Reported, maxAge: number | undefined, now: Date): string | undefined {
  if (maxAge === undefined) return undefined
  const { finishedOn, attestedOn } = reported.report ?? {}
  return staleness(dateOf(reported, finishedOn ?? attestedOn), maxAge, now)
}

/**
 * Platforms of the image that none of these reports is about. One that names none of the platforms is about the whole,
 * unless each platform must be named.
 */
function platformsWithout(
  reports: readonly Reported[],
  { image }: Facts,
  eachNamed = false,
): readonly PlatformFacts[] {
  const [only, ...others] = image.platforms
  return image.platforms.filter(
    ({ manifest, platform }) =>
      !reports.some(({ statement, report }) => {
        // Whatever its statement names: a report of one platform stays that.
        const stated = report?.platform
        if (stated !== undefined && others.length > 0 && !isPlatform(stated, platform, image.platforms))
          return false
        if (isAbout(statement, manifest)) return true
        if (eachNamed && only && others.length > 0) return false
        return !image.platforms.some((one) => isAbout(statement, one.manifest))
      }),
  )
}

function platformNames(platforms: readonly PlatformFacts[]): readonly string[] {
  return platforms.map(({ platform }) => platformName(platform))
}

/** What is asked of the reports that speak for an image. */
export interface Presence {
  /** `signed scan for secrets`. */
  readonly what: string
  readonly maxAge: number | undefined
  /** Every platform must be named. */
  readonly eachNamed?: boolean
}

/** Why these reports do not speak for the whole image now; undefined when they do. */
export function absence(reports: readonly Reported[], asked: Presence, facts: Facts): string | undefined {
  const { what, maxAge, eachNamed = false } = asked
  if (reports.length === 0) return `no ${what}${unusableNote(facts.evidence, 'test-result')}`
  const stale = reports.map((reported) => reportStaleness(reported, maxAge, facts.now))
  const fresh = reports.filter((_, index) => stale[index] === undefined)
  if (fresh.length === 0) return `the ${what} ${stale[0] ?? ''}`
  const without = platformNames(platformsWithout(fresh, facts, eachNamed))
  return without.length > 0 ? `no ${what} is about ${listed(without)}` : undefined
}
