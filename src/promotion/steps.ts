import type { BarredDigest } from '../attestation/index.ts'
import type { Assessment, ChainRecord, ResolvedImage } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'
import type { AllowingVerdict, Verdict } from '../policy/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { CopyCounts, DeliveryReceipt, Outcome } from './outcome.ts'
import type { Stop } from './road.ts'
import type { TagPlan } from './tags.ts'

// The road's types: each step's output is the next step's input, so none can be skipped or swapped (DESIGN §3).

/** What was asked for, with everything read that a decision needs. */
export interface Candidate {
  readonly action: Outcome['action']
  readonly stop: Stop
  readonly image: ResolvedImage
  readonly from: { readonly environment?: string; readonly repository: string }
  /** The environment's newest record before this promotion. */
  readonly head: ChainRecord | undefined
  readonly version: string | undefined
  readonly commit: string | undefined
  readonly policyDigest: Digest
  readonly verdict: Verdict
  readonly evidence: Assessment['evidence'] | undefined
  /** What the verdict rests on; undefined when no gate was asked. */
  readonly facts: Assessment['facts'] | undefined
  readonly tags: TagPlan
  readonly reason: string | undefined
  readonly requestedBy: string | undefined
  /** For rollbacks: the record that first put the digest there. */
  readonly rollbackOf: Digest | undefined
  /** Digests that are barred before this promotion, by the records. */
  readonly barred: readonly BarredDigest[]
  readonly startedOn: string
  readonly requestsBefore: number
}

/** A candidate whose verdict allows. Only these are written. */
export interface Allowed extends Candidate {
  readonly verdict: AllowingVerdict
}

/** The closure is complete at the destination. */
export interface CopiedImage extends Allowed {
  readonly destination: ImageStore
  readonly copy: CopyCounts
  readonly carried: readonly Digest[]
}

/** The signed record hangs on the digest; the chain's tag does not point at it yet. */
export interface AttachedRecord extends CopiedImage {
  readonly record: ChainRecord
  /** False when an interrupted run left the record behind and this one took it over. */
  readonly isOurs: boolean
  /** Records that interrupted runs left for this very step and that say another thing, or that lost a race; they can never count. */
  readonly superseded: readonly Digest[]
  /** Referrers of the digest just before the record came to it. */
  readonly listed: ReadonlySet<Digest>
}

/** The environment's head is this record. */
export interface TaggedImage extends AttachedRecord {
  /** Tags that name the digest now. */
  readonly named: readonly string[]
  /** Tags this run had to move. */
  readonly moved: readonly string[]
}

export interface Delivered extends TaggedImage {
  readonly receipts: readonly DeliveryReceipt[]
}

export interface Proven extends Delivered {
  readonly proof: Outcome['proof']
  /** True when the proof was already there from an earlier run. */
  readonly provenBefore: boolean
}
