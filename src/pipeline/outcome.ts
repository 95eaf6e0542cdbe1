import type { Vouched } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'

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
  readonly outcome: 'built' | 'already' | 'planned'
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
  /** What was warned of on the way. */
  readonly warnings?: readonly BuildWarning[]
}

export interface BuildWarning {
  /** Stable, such as BAKED_IN_CONFIGURATION. */
  readonly code: string
  readonly message: string
}
