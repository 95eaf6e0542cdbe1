import type { Vouched } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import type { Verdict } from '../policy/index.ts'
import type { ImageCheck } from './scan-outcome.ts'

export interface BuildCommand {
  readonly application: string
  /** Overrides of waybill.yaml's build block. */
  readonly context?: string
  /** Directory of an OCI layout to write, instead of pushing. */
  readonly layout?: string
  readonly version?: string
  /** Facts of the source; default: read from git and the CI's variables. */
  readonly commit?: string
  readonly ref?: string
  readonly event?: 'push' | 'pull-request' | 'tag' | 'schedule' | 'manual'
  readonly pullRequest?: string
  /** Number of the CI run. */
  readonly run?: string
  /** Folder that later steps read the digest from. */
  readonly outputs?: string
  /** Files of `waybill check --evidence` and `waybill test --evidence`, or patterns. */
  readonly evidence?: readonly string[]
  readonly dryRun?: boolean
}

export interface BuildOutcome {
  readonly kind: 'build'
  /** refused, pending, error: as the verdict says; nothing was pushed and no tag was set. */
  readonly outcome: 'built' | 'already' | 'planned' | 'refused' | 'pending' | 'error'
  readonly application: string
  readonly builder: string
  readonly digest: Digest
  readonly mediaType: string
  readonly platforms: readonly { readonly platform: string; readonly digest: Digest }[]
  readonly commit: string
  readonly version?: string
  readonly dirty: boolean
  /** Who vouches for which facts of the source. */
  readonly identity: Vouched
  /** `host/path`, or `layout:DIR`. */
  readonly location: string
  readonly tags: readonly string[]
  /** Payload digest of the signed provenance. */
  readonly provenance?: Digest
  readonly signature?: Digest
  /** Statements about the source that are said about the image too, and how many were not there before. */
  readonly evidence?: { readonly statements: number; readonly attached: number }
  /** What was found out about the image before it was pushed. */
  readonly checks?: readonly ImageCheck[]
  /** With `publish: admitted`: what the environment's gates say of the image itself. */
  readonly admission?: Admission
  /** What was warned of on the way. */
  readonly warnings?: readonly BuildWarning[]
}

/** An environment's judgement of an image that is not there yet. */
export interface Admission {
  readonly environment: string
  /** By the gates that ask about the image and what is signed about it. */
  readonly verdict: Verdict
  /** Kinds of gates that are asked on entry only. */
  readonly left: readonly string[]
  /** Of a pull request: event and branch were not asked about, and no environment takes it. */
  readonly preview: boolean
}

export interface BuildWarning {
  /** Stable, such as BAKED_IN_CONFIGURATION. */
  readonly code: string
  readonly message: string
}
