import { isFailure } from '../../base/index.ts'
import { gather, kept, readStanding, resolveImage } from '../../assessment/index.ts'
import type { ChainRecord, Reader } from '../../assessment/index.ts'
import type { Facts, GateVerdict } from '../../policy/index.ts'
import { chainPlace } from '../../promotion/index.ts'
import type { Parts, Stop } from '../../promotion/index.ts'
import { registryErrors } from '../../registry/index.ts'
import type { TrustPolicy } from '../../signing/index.ts'

/** The policy that is tried: environments by name, and whom it trusts. */
export interface TriedPolicy {
  /** As it was named. */
  readonly file: string
  readonly trust: TrustPolicy
  /** undefined = it does not know this application or environment. */
  readonly stop: (application: string, environment: string) => Stop | undefined
}

/** One environment's past, and the policy that is tried on it. */
export interface Scene {
  /** The place as it is configured now. */
  readonly stop: Stop
  readonly policy: TriedPolicy
  /** Newest first. */
  readonly chain: readonly ChainRecord[]
  readonly reader: Reader
  readonly parts: Parts
}

/**
 * What there is to know about a promotion today, judged by the clock of its time: signers by their validity then, the
 * record before it as what was there, approvals as given under the policy of that time.
 * @returns why it cannot be told, when something it needs is gone
 */
export async function factsThen(
  record: ChainRecord,
  tried: Stop,
  { stop, policy, chain, reader, parts }: Scene,
): Promise<Facts | { readonly note: string }> {
  const store = parts.store(stop.repository)
  const head = chain.find(({ sequence }) => sequence < record.sequence)
  const now = new Date(record.predicate.finishedOn)
  try {
    const facts = await gather({
      application: stop.application,
      environment: stop.environment,
      source: tried.source,
      image: await resolveImage(store, record.digest, kept),
      gates: tried.gates,
      exceptions: tried.exceptions,
      placeOf: (environment) => chainPlace(placeIn(environment, stop.application, policy, parts), parts),
      target: head && { store, head },
      ticket: undefined,
      askTicket: ({ url }, ticket) =>
        Promise.resolve({ ticket, source: url, problem: 'what was answered then is not known' }),
      requestedBy: record.predicate.requestedBy,
      trust: policy.trust,
      now,
      reader,
    })
    // Chains are told by the present policy; what was ordered about the place counts as the tried one has it.
    const { evidence } = await readStanding({ ...chainPlace(stop, parts), trust: policy.trust, now })
    const standing = { standing: evidence.valid, standingUnusable: evidence.unusable }
    return { ...facts, ...standing, policyDigest: record.predicate.policy.digest }
  } catch (error) {
    if (!isFailure(error, registryErrors.MANIFEST_MISSING, registryErrors.BLOB_MISSING)) throw error
    return { note: `Something it needs is no longer there: ${error.message}` }
  }
}

/** An environment that only the tried policy has is looked for where it says; nothing will be there. */
function placeIn(environment: string, application: string, policy: TriedPolicy, parts: Parts): Stop {
  const isKnown = parts.environments().includes(environment)
  const tried = isKnown ? undefined : policy.stop(application, environment)
  return tried ?? parts.stop(application, environment)
}

/** `after` is a requirement too: what the digest must have been in by then, and was not. */
export async function missingUpstream(
  record: ChainRecord,
  tried: Stop,
  { policy, reader, parts }: Scene,
): Promise<readonly GateVerdict[]> {
  if (tried.accepts === 'build') return []
  const at = Date.parse(record.predicate.finishedOn)
  const missing: string[] = []
  for (const name of tried.upstream) {
    const chain = await reader.chain(chainPlace(placeIn(name, tried.application, policy, parts), parts))
    const wasThere = chain.some(
      ({ digest, predicate }) => digest === record.digest && Date.parse(predicate.finishedOn) <= at,
    )
    if (!wasThere) missing.push(name)
  }
  const enough = tried.upstreamMode === 'all' ? missing.length === 0 : missing.length < tried.upstream.length
  if (enough) return []
  const names = missing.join(tried.upstreamMode === 'all' ? ' and ' : ' or ')
  const reason = `It had not been promoted into ${names}, which ${tried.environment} comes after.`
  return [{ gate: 'after', result: 'fail', reason, evidence: [] }]
}
