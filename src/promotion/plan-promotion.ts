import { fail, printableLine, timestamp } from '../base/index.ts'
import { assess, buildOf, kept, predecessor, readHead, resolveImage, walkChain } from '../assessment/index.ts'
import type { ChainRecord, ResolvedImage } from '../assessment/index.ts'
import { formatRepository, isDigest, sameRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { combine, forced, forcedBy } from '../policy/index.ts'
import type { Verdict } from '../policy/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { resolve } from '../registry/index.ts'
import type { PromoteCommand } from './commands.ts'
import { checkCommit, imageOfCommit } from './commit-image.ts'
import { promotionErrors } from './errors.ts'
import type { Outcome } from './outcome.ts'
import { chainPlace } from './road.ts'
import type { Parts, Stop } from './road.ts'
import type { Candidate } from './steps.ts'
import { isVersionOrdered, planTags, standingTags } from './tags.ts'

/** The image a command means, before it has been read. */
export interface Choice {
  readonly store: ImageStore
  readonly name: string
  readonly from: { readonly environment?: string; readonly repository: string }
  /** The record that vouches for it upstream, when it came from an environment. */
  readonly upstream: ChainRecord | undefined
}

/**
 * Which image is meant: the one named, else what the upstream environment holds.
 * @throws IMAGE_REQUIRED, UPSTREAM_EMPTY, UPSTREAM_AMBIGUOUS, UPSTREAM_UNKNOWN, RECORD_INVALID
 */
export async function chooseImage(command: PromoteCommand, stop: Stop, parts: Parts): Promise<Choice> {
  if (stop.accepts === 'build') return chooseBuild(command, stop, parts)
  const { upstream, head } = await chooseUpstream(command, stop, parts)
  const from = { environment: upstream.environment, repository: formatRepository(upstream.repository) }
  if (command.image === undefined && command.commit === undefined) {
    if (!head) throw nothingUpstream(stop, [upstream])
    return { store: parts.store(upstream.repository), name: head.digest, from, upstream: head }
  }
  if (command.image === undefined) {
    const store = parts.store(upstream.repository)
    const name = await imageOfCommit(store, command.commit ?? '', upstream, parts)
    return { store, name, from, upstream: head }
  }
  const { store, name } = await parts.openImage(command.image, upstream.repository)
  return { store, name, from: { ...from, repository: store.location }, upstream: head }
}

async function chooseBuild(command: PromoteCommand, stop: Stop, parts: Parts): Promise<Choice> {
  if (command.image === undefined && command.commit !== undefined) {
    const store = parts.store(stop.builds)
    const name = await imageOfCommit(store, command.commit, undefined, parts)
    return { store, name, from: { repository: store.location }, upstream: undefined }
  }
  if (command.image === undefined) {
    throw fail(promotionErrors.IMAGE_REQUIRED, {
      message: `${stop.environment} takes builds: which image of ${stop.application}?`,
    })
  }
  const { store, name } = await parts.openImage(command.image, stop.repository)
  return { store, name, from: { repository: store.location }, upstream: undefined }
}

interface UpstreamHead {
  readonly upstream: Stop
  readonly head: ChainRecord | undefined
}

/** @throws UPSTREAM_UNKNOWN when `--from` names an environment that is not in `after` */
function upstreamNames({ from }: PromoteCommand, stop: Stop): readonly string[] {
  if (from === undefined) return stop.upstream
  if (stop.upstream.includes(from)) return [from]
  throw fail(promotionErrors.UPSTREAM_UNKNOWN, {
    message: `Found "${printableLine(from, 63)}", but ${stop.environment} comes after ${stop.upstream.join(', ') || 'no environment'}.`,
  })
}

async function chooseUpstream(command: PromoteCommand, stop: Stop, parts: Parts): Promise<UpstreamHead> {
  const names = upstreamNames(command, stop)
  const heads = await Promise.all(
    names.map(async (name) => {
      const upstream = parts.stop(stop.application, name)
      return { upstream, head: await readHead(chainPlace(upstream, parts)) }
    }),
  )
  const first = heads.find(({ head }) => head) ?? heads[0]
  if (!first) throw nothingUpstream(stop, [])
  const digests = new Set(heads.flatMap(({ head }) => (head ? [head.digest] : [])))
  if (command.image === undefined && command.commit === undefined && digests.size > 1) {
    throw fail(promotionErrors.UPSTREAM_AMBIGUOUS, {
      message: `${names.join(', ')} hold ${digests.size} different images of ${stop.application}.`,
    })
  }
  return first
}

/**
 * resolve → collect → verify → evaluate, and the tags it would get: everything before the first write.
 * `plan` stops here; `promote` goes on from the same value.
 */
export async function planPromotion(
  command: PromoteCommand,
  parts: Parts,
  action: Outcome['action'] = 'promote',
): Promise<Candidate> {
  const requestsBefore = parts.requests()
  const startedOn = timestamp(parts.clock.now())
  const stop = parts.stop(command.application, command.to)
  parts.onStep({ kind: 'step', step: 'resolve', state: 'start' })
  const [choice, head] = await Promise.all([
    chooseImage(command, stop, parts),
    readHead(chainPlace(stop, parts)),
  ])
  const digest = isDigest(choice.name)
    ? choice.name
    : (await resolve(choice.store, choice.name)).descriptor.digest
  const order = { action, stop, from: choice.from, startedOn, requestsBefore }
  const { reason, requestedBy, breakGlass = false } = command
  const asked = { version: command.version, reason, requestedBy }
  if (head && head.digest === digest) {
    checkCommit(command.commit, head.predicate.commit, head.digest)
    const at = choice.store.repository
    const seen = at && sameRepository(at, stop.repository) && choice.name !== digest ? choice.name : undefined
    return arrived({ ...order, ...asked, head }, parts, seen)
  }
  if (head) await predecessor(chainPlace(stop, parts), head)
  const image = await resolveImage(choice.store, digest)
  const vouchers = await recordsUpstream(choice, digest, { command, stop }, parts)
  const [voucher] = vouchers.found
  const version = asked.version ?? voucher?.predicate.version
  const enough = stop.upstreamMode === 'all' ? vouchers.missing.length === 0 : voucher !== undefined
  const missing = stop.accepts === 'build' || enough ? [] : vouchers.missing
  const from = { ...order.from, ...(voucher && { environment: voucher.predicate.environment }) }
  return judged(
    { ...order, ...asked, from, head, version },
    image,
    { missing, breakGlass, ticket: command.ticket, commit: command.commit },
    parts,
  )
}

interface Vouchers {
  /** One record for each upstream environment that the digest is or was in; the one it is taken from first. */
  readonly found: readonly ChainRecord[]
  /** Upstream environments that it never was in. */
  readonly missing: readonly string[]
}

/** An image named by hand need not be what is upstream now, and what one environment holds need not be in the others. */
async function recordsUpstream(
  { upstream }: Choice,
  digest: Digest,
  { command, stop }: { readonly command: PromoteCommand; readonly stop: Stop },
  parts: Parts,
): Promise<Vouchers> {
  const vouching = upstream?.digest === digest ? upstream : undefined
  const asked = stop.upstreamMode === 'all' ? stop.upstream : upstreamNames(command, stop)
  const others = asked.filter((name) => name !== vouching?.predicate.environment)
  if (vouching && stop.upstreamMode === 'any') return { found: [vouching], missing: [] }
  const records = await Promise.all(others.map((name) => recordIn(name, digest, stop, parts)))
  const found = records.filter((record) => record !== undefined)
  return {
    found: vouching ? [vouching, ...found] : found,
    missing: others.filter((_, index) => !records[index]),
  }
}

async function recordIn(environment: string, digest: Digest, stop: Stop, parts: Parts) {
  for await (const record of walkChain(chainPlace(parts.stop(stop.application, environment), parts)))
    if (record.digest === digest) return record
  return undefined
}

/** `after` is a requirement too: the record would say that the digest came from there. */
function withAfter(verdict: Verdict, stop: Stop, missing: readonly string[]): Verdict {
  if (missing.length === 0) return verdict
  const names = missing.join(stop.upstreamMode === 'all' ? ' and ' : ' or ')
  const reason = `This image was never promoted into ${names}, which ${stop.environment} comes after.`
  return combine([{ gate: 'after', result: 'fail', reason, evidence: [] }, ...verdict.gates])
}

type Order = Pick<
  Candidate,
  'action' | 'stop' | 'from' | 'head' | 'version' | 'reason' | 'requestedBy' | 'startedOn' | 'requestsBefore'
>

interface Question {
  /** Upstream environments it should have been in. */
  readonly missing: readonly string[]
  readonly breakGlass: boolean
  readonly ticket: string | undefined
  /** The commit that was asked for. */
  readonly commit: string | undefined
}

async function judged(
  order: Order,
  image: ResolvedImage,
  { missing, breakGlass, ticket, commit: asked }: Question,
  parts: Parts,
): Promise<Candidate> {
  const { stop } = order
  parts.onStep({ kind: 'step', step: 'resolve', state: 'done', note: image.digest })
  parts.onStep({ kind: 'step', step: 'evaluate', state: 'start' })
  const assessment = await assess({
    application: stop.application,
    environment: stop.environment,
    source: stop.source,
    image,
    gates: stop.gates,
    exceptions: stop.exceptions,
    placeOf: (environment) => chainPlace(parts.stop(stop.application, environment), parts),
    target: order.head && { store: parts.store(stop.repository), head: order.head },
    ticket,
    askTicket: (question, name) => parts.askTicket(question, name),
    requestedBy: order.requestedBy,
    trust: parts.trust,
    now: parts.clock.now(),
  })
  const { evidence, facts, policyDigest } = assessment
  checkCommit(asked, facts.build?.commit, image.digest)
  const found = withAfter(assessment.verdict, stop, missing)
  const verdict = breakGlass ? forced(found, assessment.facts) : found
  parts.onStep({ kind: 'step', step: 'evaluate', state: 'done', note: verdict.result })
  const commit = buildOf(evidence)?.commit ?? image.annotations['org.opencontainers.image.revision']
  const version = order.version ?? image.annotations['org.opencontainers.image.version']
  // A refused image gets no tags, so it need not have what they are made of.
  const tags =
    verdict.result === 'fail'
      ? NO_TAGS
      : await planTags(parts.store(stop.repository), stop.tags, { commit, version }, image.digest)
  const made = { image, version, commit, policyDigest, verdict, evidence, facts, tags, rollbackOf: undefined }
  return {
    ...order,
    ...made,
    from: originOf(order, missing, verdict),
    barred: assessment.facts.barredByRecords?.entries ?? [],
  }
}

/** A digest that was forced past an environment did not come from it. */
function originOf({ from }: Order, missing: readonly string[], { gates }: Verdict): Candidate['from'] {
  return missing.length > 0 && forcedBy(gates).length > 0 ? { repository: from.repository } : from
}

const NO_TAGS = { tags: [], kept: [] }

/**
 * The environment's newest record is this digest already: its recorded verdict stands, only unfinished work is left.
 * @param seen a tag in the environment's repository that was just found to name the digest
 */
export async function arrived(
  order: Order & { readonly head: ChainRecord },
  parts: Parts,
  seen?: string,
): Promise<Candidate> {
  const { stop, head } = order
  const store = parts.store(stop.repository)
  const version = order.version ?? head.predicate.version
  const { commit, policy, gates, to } = head.predicate
  const asked = [store, tagsOf(stop, head), { commit, version }, head.digest] as const
  const tags = (await standingTags(...asked, to.tags, seen)) ?? (await planTags(...asked))
  const isNamed = seen !== undefined || tags.tags.some(({ before }) => before === head.digest)
  const isThere = isNamed || (await store.head(head.digest)) !== undefined
  const image = await resolveImage(store, head.digest, isThere ? kept : undefined)
  return {
    ...order,
    image,
    version,
    commit,
    policyDigest: policy.digest,
    verdict: { result: 'pass', gates },
    evidence: undefined,
    facts: undefined,
    tags,
    rollbackOf: undefined,
    barred: [],
  }
}

/** A rollback moved no version tags; finishing it must not either. */
function tagsOf(stop: Stop, head: ChainRecord) {
  return head.predicate.kind === 'rollback' ? rollbackTags(stop) : stop.tags
}

/** Only words that follow the environment (`dev`) move on a rollback; version tags never go back. */
export function rollbackTags(stop: Stop) {
  return stop.tags.filter(
    (template) => template.mobility === 'floating' && !isVersionOrdered(template, stop.tags),
  )
}

/** True when this candidate is what the environment holds already. */
export function hasArrived(candidate: Candidate): candidate is Candidate & { readonly head: ChainRecord } {
  return candidate.head?.digest === candidate.image.digest
}

function nothingUpstream(stop: Stop, upstream: readonly Stop[]) {
  const names = upstream.map((place) => place.environment).join(', ') || 'upstream'
  return fail(promotionErrors.UPSTREAM_EMPTY, {
    message: `${names} holds no image of ${stop.application} yet, so nothing can go to ${stop.environment}.`,
    ...(upstream[0] && { where: formatRepository(upstream[0].repository) }),
  })
}
