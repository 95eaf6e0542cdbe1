import type { Digest } from '../oci/index.ts'
import type { Verdict } from '../policy/index.ts'
import type { PlanDelta } from './plan-delta.ts'

export interface CopyCounts {
  readonly manifests: number
  readonly blobs: number
  readonly bytes: number
  readonly mounted: number
  readonly referrers: number
  readonly requests: number
  /** The destination's own service that brought the image, or parts of it. */
  readonly serverSide?: 'acr' | 'harbor'
}

/** What one deliver block did. */
export interface DeliveryReceipt {
  /** `kustomize`, `helm`, `manifests`… */
  readonly target: string
  readonly repository: string
  readonly branch: string
  /** The commit that carries the digest: ours, or the one found there when nothing had to change. */
  readonly commit: string
  /** Files changed by us; empty = already so. */
  readonly changed: readonly string[]
}

/** The result of promote, release and rollback. DESIGN §6 fixes its JSON. */
export interface Outcome {
  readonly kind: 'promotion'
  /** `unproven`: promoted and delivered, but a prove command failed (exit 3, like refused). */
  readonly outcome: 'promoted' | 'already' | 'refused' | 'pending' | 'error' | 'planned' | 'unproven'
  readonly action: 'promote' | 'release' | 'rollback'
  readonly application: string
  readonly digest: Digest
  readonly from: string
  readonly to: string
  /** `host/path` of the destination. */
  readonly repository: string
  readonly verdict: Verdict
  /** Forced in: payload digests of the statements that allowed it. */
  readonly breakGlass?: readonly Digest[]
  readonly version?: string
  readonly copy?: CopyCounts
  readonly record?: Digest
  readonly sequence?: number
  readonly previous?: Digest
  /** The digest that was in the environment before. */
  readonly previousDigest?: Digest
  readonly tags?: readonly string[]
  /** Floating tags that stayed because a newer version holds them. */
  readonly keptTags?: readonly string[]
  readonly delivery?: readonly DeliveryReceipt[]
  /** What the prove commands said; `mark` is the payload digest of the signed pass mark. */
  readonly proof?: { readonly result: 'pass' | 'fail'; readonly reason: string; readonly mark: Digest }
  readonly warnings: readonly string[]
  /** Of a plan: what would change against what is there now. */
  readonly delta?: PlanDelta
}
