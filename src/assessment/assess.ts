import { readBuild } from '../attestation/index.ts'
import type { BuildFacts, Evidence } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import { barredNow, evaluate, needsOf, policyDigest, ticketsNamed, withStops } from '../policy/index.ts'
import type {
  Exceptions,
  Facts,
  Gate,
  Needs,
  TargetFacts,
  TicketFacts,
  TicketQuestion,
  UpstreamFacts,
  Verdict,
} from '../policy/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import { occupancyOf } from './chain.ts'
import type { ChainPlace, ChainRecord } from './chain.ts'
import { imageDetails } from './image-details.ts'
import { barredByRecords } from './quarantine.ts'
import { freshReader } from './reader.ts'
import type { Reader } from './reader.ts'
import { resolveImage } from './resolve.ts'
import type { ResolvedImage } from './resolve.ts'
import { readStanding } from './standing.ts'

/** One question: may this image enter this environment? */
export interface AssessmentOrder {
  readonly application: string
  readonly environment: string
  readonly source: string | undefined
  readonly image: ResolvedImage
  readonly gates: readonly Gate[]
  readonly exceptions?: Exceptions | undefined
  /** Where an environment of the application, this one too, keeps its chain and standing orders. */
  readonly placeOf: (environment: string) => ChainPlace
  /** What the environment holds now: its newest record, and where that image is. */
  readonly target: { readonly store: ImageStore; readonly head: ChainRecord } | undefined
  /** Answers a gate's question about a change ticket. */
  readonly askTicket: (question: TicketQuestion, ticket: string) => Promise<TicketFacts>
  /** The ticket that the promotion was asked for with. */
  readonly ticket: string | undefined
  readonly requestedBy: string | undefined
  readonly trust: TrustPolicy
  readonly now: Date
  /** Default: everything is read anew. */
  readonly reader?: Reader
}

/** The answer, with what it rests on. */
export interface Assessment {
  readonly image: ResolvedImage
  readonly evidence: Evidence
  readonly build: BuildFacts | undefined
  readonly policyDigest: Digest
  readonly verdict: Verdict
  /** All that the verdict was made from. */
  readonly facts: Facts
}

/** collect → verify → evaluate (DESIGN §3). Reads only. */
export async function assess(order: AssessmentOrder): Promise<Assessment> {
  const facts = await gather(order)
  const verdict = await evaluate(withStops(order.gates), facts)
  return {
    image: order.image,
    evidence: facts.evidence,
    build: facts.build,
    policyDigest: facts.policyDigest,
    verdict,
    facts,
  }
}

/** Everything the gates rest on, read at once. What no gate needs is not asked for. */
export async function gather(order: AssessmentOrder): Promise<Facts> {
  const { application, environment, source, image, gates, exceptions, trust, now, requestedBy } = order
  const { reader = freshReader } = order
  const needs = needsOf(gates)
  const place = order.placeOf(environment)
  const [evidence, upstream, details, target, standing, records] = await Promise.all([
    reader.evidence(image.store, image.digest, trust, now),
    Promise.all(
      needs.upstream.map((asked) => readUpstream(order.placeOf(asked.environment), asked.occupancy, reader)),
    ),
    needs.details ? imageDetails(image) : undefined,
    order.target && readTarget(order.target, needs, order, reader),
    readStanding(place).then((read) => read.evidence),
    barredByRecords(place, order.target?.head),
  ])
  const digest = policyDigest(gates, trust.digest, exceptions, source)
  const named = { application, environment, evidence, now, policyDigest: digest, ticket: order.ticket }
  return {
    now,
    application,
    environment,
    source,
    image: {
      digest: image.digest,
      mediaType: image.root.descriptor.mediaType,
      platforms: image.platforms.map(({ platform, manifest, config }) => ({ platform, manifest, config })),
      annotations: image.annotations,
      details,
    },
    evidence,
    build: buildOf(evidence),
    upstream,
    target,
    standing: standing.valid,
    standingUnusable: standing.unusable,
    quarantined: barredNow(records, { application, environment, standing: standing.valid }),
    barredByRecords: records,
    exceptions,
    ticket: order.ticket,
    tickets: await askAll(needs.tickets, named, order.askTicket),
    requestedBy,
    policyDigest: digest,
  }
}

/** More tickets than anybody needs; the rest is not asked about, and such a gate cannot tell. */
const MOST_TICKETS = 10

/** The command's ticket, else those that approvals name: known only once these have been verified. */
async function askAll(
  questions: Needs['tickets'],
  naming: Parameters<typeof ticketsNamed>[0],
  askTicket: AssessmentOrder['askTicket'],
): Promise<readonly TicketFacts[]> {
  if (questions.length === 0) return []
  const { asked, approved } = ticketsNamed(naming)
  const all = [...approved.keys()].slice(0, MOST_TICKETS)
  return Promise.all(
    questions.flatMap((question) => {
      const tickets = question.approved || asked === undefined ? all : [asked]
      return tickets.map((ticket) => askTicket(question, ticket))
    }),
  )
}

/** Where an image came from, by verified provenance only. undefined = nothing signed says. */
export function buildOf(evidence: Evidence): BuildFacts | undefined {
  for (const { statement } of evidence.valid) {
    const facts = readBuild(statement)
    if (facts) return facts
  }
  return undefined
}

async function readUpstream(place: ChainPlace, occupancy: boolean, reader: Reader): Promise<UpstreamFacts> {
  const records = occupancy ? await reader.chain(place) : []
  return { environment: place.environment, repository: place.store.location, occupancy: occupancyOf(records) }
}

async function readTarget(
  { store, head }: NonNullable<AssessmentOrder['target']>,
  { target: need }: Needs,
  { trust, now }: AssessmentOrder,
  reader: Reader,
): Promise<TargetFacts> {
  const [evidence, details] = await Promise.all([
    need.evidence ? reader.evidence(store, head.digest, trust, now) : NO_EVIDENCE,
    need.details ? resolveImage(store, head.digest).then(imageDetails) : undefined,
  ])
  return { digest: head.digest, since: head.predicate.finishedOn, evidence, details }
}

const NO_EVIDENCE: Evidence = { valid: [], unusable: [] }
