import { isFailure, WaybillError } from '../base/index.ts'
import {
  barredByRecords,
  chainTag,
  evidenceOn,
  passedMark,
  readHead,
  readStanding,
} from '../assessment/index.ts'
import type { ChainRecord, Standing } from '../assessment/index.ts'
import { deliveredDigest, deliveryErrors } from '../delivery/index.ts'
import type { DeliverTarget } from '../delivery/index.ts'
import { formatRepository, isDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { barredNow, holdInForce, holdsOf } from '../policy/index.ts'
import type { HoldFact } from '../policy/index.ts'
import {
  chainPlace,
  deliverOptions,
  findTarget,
  isVersionOrdered,
  promotionErrors,
  recordAhead,
} from '../promotion/index.ts'
import type { Parts, Stop } from '../promotion/index.ts'
import type { Drift, EnvironmentStatus, StatusAnswer } from './answers.ts'

/** What is where: every environment of every application, by its verified record, with drift and what is next. */
export async function status(applications: readonly string[], parts: Parts): Promise<StatusAnswer> {
  const rows = applications.map(async (application) => {
    const stops = parts.environments().map((environment) => parts.stop(application, environment))
    return {
      application,
      environments: await Promise.all(stops.map((stop) => environmentStatus(stop, parts))),
    }
  })
  return { kind: 'status', applications: await Promise.all(rows) }
}

async function environmentStatus(stop: Stop, parts: Parts): Promise<EnvironmentStatus> {
  const base = { environment: stop.environment, repository: formatRepository(stop.repository) }
  try {
    const [head, standing] = await Promise.all([
      readHead(chainPlace(stop, parts)),
      readStanding(chainPlace(stop, parts)),
    ])
    const stops = await stopsOf(stop, head, standing, parts)
    const candidate = await candidateFor(stop, head, stops.quarantined, parts).catch(ignoreUpstream)
    const more = { ...stops, ...(candidate && { candidate }) }
    if (!head) return { ...base, tags: [], passed: false, ...(await nothingThere(stop, parts)), ...more }
    return { ...base, ...(await present(stop, head, parts)), ...more }
  } catch (error) {
    return { ...base, tags: [], passed: false, drift: [], problem: problemOf(error) }
  }
}

/** What keeps digests out: a hold, and those that are barred. */
async function stopsOf(stop: Stop, head: ChainRecord | undefined, { evidence }: Standing, parts: Parts) {
  const scene = { ...stop, standing: evidence.valid }
  const held = holdInForce(holdsOf(scene).read, parts.clock.now())
  const barred = barredNow(await barredByRecords(chainPlace(stop, parts), head), scene)
  const quarantined = barred.map(({ digest, by, reason }) => ({ digest, by, ...(reason && { reason }) }))
  return { ...(held && { hold: holdOf(held) }), ...(quarantined.length > 0 && { quarantined }) }
}

function holdOf({ predicate, signer, payload }: HoldFact): NonNullable<EnvironmentStatus['hold']> {
  const { createdOn: since, until, reason } = predicate
  return { by: signer.identity ?? signer.id, since, ...(until && { until }), reason, payload }
}

function problemOf(error: unknown): NonNullable<EnvironmentStatus['problem']> {
  if (error instanceof WaybillError) return { code: error.code, message: error.message }
  throw error
}

// What is wrong upstream is told in its own row; here it only means that there is no candidate.
function ignoreUpstream(error: unknown): undefined {
  if (error instanceof WaybillError) return undefined
  throw error
}

/** No record: then neither git nor a tag may say that something is there. */
async function nothingThere(stop: Stop, parts: Parts): Promise<Pick<EnvironmentStatus, 'drift' | 'problem'>> {
  const [named, git] = await Promise.all([
    namedBy(stop, parts),
    gitDrift(stop, undefined, parts).catch(problemOf),
  ])
  const digests = named.flatMap(({ digest }) => digest ?? [])
  // A place in git that is not there yet says nothing.
  const drift = 'code' in git ? [] : git.filter(({ found }) => isDigest(found))
  const record = await recordDrift(stop, undefined, [...digests, ...digestsIn(drift)], parts)
  return { drift: [...record, ...drift], ...('code' in git && { problem: git }) }
}

async function present(stop: Stop, head: ChainRecord, parts: Parts) {
  const [passed, tags, git, rollback] = await Promise.all([
    hasPassed(stop, head.digest, parts),
    tagDrift(stop, head, parts),
    gitDrift(stop, head, parts).catch(problemOf),
    rollbackOf(stop, parts),
  ])
  const elsewhere = 'code' in git ? tags : [...tags, ...git]
  const drift = [...(await recordDrift(stop, head, digestsIn(elsewhere), parts)), ...elsewhere]
  const { version, finishedOn, kind, to } = head.predicate
  return {
    digest: head.digest,
    tags: to.tags,
    sequence: head.sequence,
    since: finishedOn,
    kind,
    passed,
    drift,
    ...('code' in git && { problem: git }),
    ...(rollback && { rollback }),
    ...(version && { version }),
  }
}

async function hasPassed(stop: Stop, digest: Digest, parts: Parts): Promise<boolean> {
  const evidence = await evidenceOn(parts.store(stop.repository), digest, parts.trust, parts.clock.now())
  return passedMark(evidence, stop.environment, formatRepository(stop.repository)) !== undefined
}

async function candidateFor(
  stop: Stop,
  head: ChainRecord | undefined,
  barred: EnvironmentStatus['quarantined'],
  parts: Parts,
): Promise<Digest | undefined> {
  for (const name of stop.upstream) {
    const upstream = parts.stop(stop.application, name)
    const there = await readHead(chainPlace(upstream, parts))
    if (!there || barred?.some(({ digest }) => digest === there.digest)) continue
    if (there.digest !== head?.digest && (await hasPassed(upstream, there.digest, parts))) return there.digest
  }
  return undefined
}

// Version-ordered tags (`stable`) may rightly be ahead after a rollback; words like `dev` and full versions may not.
async function tagDrift(stop: Stop, head: ChainRecord, parts: Parts): Promise<readonly Drift[]> {
  const found = await namedBy(stop, parts, head.predicate.to.tags)
  return found
    .filter(({ digest }) => digest !== head.digest)
    .map(({ tag, digest }) => ({
      place: 'tag',
      what: `tag ${tag}`,
      found: digest ?? NOTHING,
      expected: head.digest,
    }))
}

/** What the words that follow the environment name. `among`: only these. */
async function namedBy(stop: Stop, parts: Parts, among?: readonly string[]) {
  const store = parts.store(stop.repository)
  const names = stop.tags.flatMap((template) => {
    const { text, mobility } = template
    const follows = mobility === 'floating' && !isVersionOrdered(template, stop.tags)
    return follows && (among?.includes(text) ?? true) ? [text] : []
  })
  return Promise.all(names.map(async (tag) => ({ tag, digest: (await store.head(tag))?.digest })))
}

/** What is named elsewhere carries a record that the chain does not lead to: it was deleted or moved back. */
async function recordDrift(
  stop: Stop,
  head: ChainRecord | undefined,
  digests: readonly Digest[],
  parts: Parts,
): Promise<readonly Drift[]> {
  const ahead = await recordAhead(stop, head, digests, parts)
  if (!ahead) return []
  const what = `record ${ahead.sequence}, which ${chainTag(stop.environment)} does not lead to`
  return [{ place: 'record', what, found: ahead.digest, expected: head?.digest ?? NOTHING }]
}

function digestsIn(drift: readonly Drift[]): readonly Digest[] {
  return drift.flatMap(({ found }) => (isDigest(found) ? [found] : []))
}

const NOTHING = 'nothing'

async function gitDrift(stop: Stop, head: ChainRecord | undefined, parts: Parts): Promise<readonly Drift[]> {
  const expected = head?.digest ?? NOTHING
  const found = await Promise.all(stop.deliver.map((target) => inGit(target, stop, parts)))
  return found
    .filter((place) => place.found !== expected)
    .map(({ what, found: there }) => ({ place: 'git', what, found: there, expected }))
}

/** What git says. A place without the image's entry is drift too; git that cannot be read is an error. */
async function inGit(
  target: DeliverTarget,
  stop: Stop,
  parts: Parts,
): Promise<{ what: string; found: string }> {
  const options = deliverOptions(parts)
  const asked = { application: stop.application, repository: stop.repository }
  try {
    const { digest, what } = await deliveredDigest(target, asked, options)
    return { what, found: digest ?? NOTHING }
  } catch (error) {
    const { LOCATOR_NOT_FOUND, LOCATOR_AMBIGUOUS } = deliveryErrors
    if (!isFailure(error, LOCATOR_NOT_FOUND, LOCATOR_AMBIGUOUS)) throw error
    return { what: error.where ?? 'git', found: error.message }
  }
}

async function rollbackOf(stop: Stop, parts: Parts): Promise<EnvironmentStatus['rollback']> {
  try {
    const { target, reason } = await findTarget(stop, undefined, parts)
    return { digest: target.digest, ready: true, reason }
  } catch (error) {
    if (isFailure(error, promotionErrors.NO_ROLLBACK_TARGET)) return undefined
    throw error
  }
}
