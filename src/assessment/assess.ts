import { buildFacts, predicateTypes, provenance, statementsOf } from '../attestation/index.ts'
import type { BuildFacts, Evidence } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import { evaluate, policyDigest } from '../policy/index.ts'
import type { Gate, UpstreamFacts, Verdict } from '../policy/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import { occupancyOf, walkChain } from './chain.ts'
import type { ChainPlace } from './chain.ts'
import { collect } from './collect.ts'
import { fresh } from './reading.ts'
import type { Reading } from './reading.ts'
import type { ResolvedImage } from './resolve.ts'
import { circumstances, verifyAll } from './verify.ts'

/** One question: may this image enter this environment? */
export interface AssessmentOrder {
  readonly application: string
  readonly environment: string
  readonly source: string | undefined
  readonly image: ResolvedImage
  readonly gates: readonly Gate[]
  /** Environments the gates ask about; `occupancy` only where a gate needs it, for it costs the whole chain. */
  readonly upstream: readonly { readonly place: ChainPlace; readonly occupancy: boolean }[]
  readonly trust: TrustPolicy
  readonly now: Date
}

/** The answer, with what it rests on. */
export interface Assessment {
  readonly image: ResolvedImage
  readonly evidence: Evidence
  readonly build: BuildFacts | undefined
  readonly policyDigest: Digest
  readonly verdict: Verdict
}

/** collect → verify → evaluate (DESIGN §3). Reads only. */
export async function assess(order: AssessmentOrder): Promise<Assessment> {
  const { image, gates, trust, now } = order
  const [evidence, upstream] = await Promise.all([
    evidenceOn(image.store, image.digest, trust, now),
    Promise.all(order.upstream.map(readUpstream)),
  ])
  const build = buildOf(evidence)
  const digest = policyDigest(gates, trust.digest)
  const verdict = await evaluate(gates, {
    now,
    application: order.application,
    environment: order.environment,
    source: order.source,
    image: {
      digest: image.digest,
      mediaType: image.root.descriptor.mediaType,
      platforms: image.platforms.map((platform) => platform.platform),
      annotations: image.annotations,
    },
    evidence,
    build,
    upstream,
    policyDigest: digest,
  })
  return { image, evidence, build, policyDigest: digest, verdict }
}

/** Everything signed about a digest in one store, judged under the trust policy. */
export async function evidenceOn(
  store: ImageStore,
  digest: Digest,
  trust: TrustPolicy,
  now: Date,
  read: Reading = fresh,
): Promise<Evidence> {
  const { contents, unreadable } = await collect(store, digest, read)
  const { valid, unusable } = verifyAll(contents, digest, trust, circumstances(store, now))
  return { valid, unusable: [...unusable, ...unreadable] }
}

/** Where an image came from, by verified provenance only. undefined = nothing signed says. */
export function buildOf(evidence: Evidence): BuildFacts | undefined {
  for (const { statement } of statementsOf(evidence, predicateTypes.provenance)) {
    const read = provenance.safeParse(statement.predicate)
    const facts = read.success ? buildFacts(read.data) : undefined
    if (facts) return facts
  }
  return undefined
}

async function readUpstream({
  place,
  occupancy,
}: AssessmentOrder['upstream'][number]): Promise<UpstreamFacts> {
  const records = occupancy ? await Array.fromAsync(walkChain(place)) : []
  return { environment: place.environment, repository: place.store.location, occupancy: occupancyOf(records) }
}
