import { gather, readStanding, resolveImage } from '../../assessment/index.ts'
import type { ChainRecord, Reader } from '../../assessment/index.ts'
import type { Digest } from '../../oci/index.ts'
import { needsOf, stillAdmitted } from '../../policy/index.ts'
import type { Entry, Facts, StandingVerdict } from '../../policy/index.ts'
import { chainPlace } from '../../promotion/index.ts'
import type { Parts, Stop } from '../../promotion/index.ts'
import type { ImageStore } from '../../registry/index.ts'
import type { StandingImage } from './standing-images.ts'

/** A digest with all that is known about it, to be judged at any time without reading again. */
export interface Standing {
  /** The verdict by the evidence at hand, with every signer's validity as of `time`. */
  readonly at: (time: Date) => Promise<StandingVerdict>
}

/** @throws MANIFEST_MISSING when the image is gone; what reading evidence throws */
export async function standingOf(
  { stop, record, chain }: StandingImage,
  reader: Reader,
  parts: Parts,
): Promise<Standing> {
  const head = chain.find(({ sequence }) => sequence < record.sequence)
  const { finishedOn, policy } = record.predicate
  const entry = { on: new Date(finishedOn), policyDigest: policy.digest }
  return judged(
    { stop, store: parts.store(stop.repository), digest: record.digest, head, entry },
    reader,
    parts,
  )
}

/** The same of a digest that is not there yet: it would come in now, in the place of `record`. */
export async function candidateStanding(
  { stop, record }: StandingImage,
  digest: Digest,
  store: ImageStore,
  reader: Reader,
  parts: Parts,
): Promise<Standing> {
  return judged({ stop, store, digest, head: record, entry: undefined }, reader, parts)
}

interface Subject {
  readonly stop: Stop
  readonly store: ImageStore
  readonly digest: Digest
  /** What it is compared with. */
  readonly head: ChainRecord | undefined
  /** undefined: it has not come in yet. */
  readonly entry: Entry | undefined
}

async function judged(subject: Subject, reader: Reader, parts: Parts): Promise<Standing> {
  const { stop, store, digest, head, entry } = subject
  const facts = await gather({
    application: stop.application,
    environment: stop.environment,
    source: stop.source,
    image: await resolveImage(store, digest),
    gates: stop.gates,
    exceptions: stop.exceptions,
    placeOf: (environment) => chainPlace(parts.stop(stop.application, environment), parts),
    target: head && { store: parts.store(stop.repository), head },
    // A ticket is asked about on the way in only.
    ticket: undefined,
    askTicket: ({ url }, ticket) =>
      Promise.resolve({ ticket, source: url, problem: 'it is not asked again' }),
    requestedBy: undefined,
    trust: parts.trust,
    now: parts.clock.now(),
    reader,
  })
  const needsTarget = needsOf(stop.gates).target.evidence
  return {
    at: async (time) => {
      const [evidence, target, orders] = await Promise.all([
        reader.evidence(store, digest, parts.trust, time),
        targetAt(facts.target, needsTarget, subject, time, reader, parts),
        ordersAt(facts, stop, time, parts),
      ])
      const known = { ...facts, ...orders, now: time, evidence, target }
      const arriving = { on: time, policyDigest: facts.policyDigest }
      return stillAdmitted(stop.gates, known, entry ?? arriving)
    },
  }
}

/** Standing orders, waivers of every image among them, count while their signers do. */
async function ordersAt(
  { standing, standingUnusable = [] }: Facts,
  stop: Stop,
  time: Date,
  parts: Parts,
): Promise<Pick<Facts, 'standing' | 'standingUnusable'>> {
  if (standing.length === 0 && standingUnusable.length === 0) return { standing, standingUnusable }
  const { evidence } = await readStanding({ ...chainPlace(stop, parts), now: time })
  return { standing: evidence.valid, standingUnusable: evidence.unusable }
}

async function targetAt(
  target: Facts['target'],
  isNeeded: boolean,
  { stop }: Subject,
  time: Date,
  reader: Reader,
  parts: Parts,
): Promise<Facts['target']> {
  if (!target || !isNeeded) return target
  const store = parts.store(stop.repository)
  return { ...target, evidence: await reader.evidence(store, target.digest, parts.trust, time) }
}
