import type { Digest } from '../oci/index.ts'

/** Which builds of pull requests may go. At least one of the two; with both, those that meet both. */
export interface CleanCommand {
  readonly application: string
  /** Number of the pull request that was closed. */
  readonly pullRequest?: string
  /** Duration such as `14d`: builds that ended longer ago. */
  readonly olderThan?: string
  readonly dryRun?: boolean
}

/** One image that was looked at and is, or would be, a build of a pull request. */
export interface CleanedImage {
  readonly digest: Digest
  /** By its signed provenance; absent when nothing signed says. */
  readonly pullRequest?: string
  readonly outcome: 'deleted' | 'planned' | 'kept'
  /** Why it is kept. */
  readonly reason?: string
  /** Tags that went, or would go. */
  readonly tags: readonly string[]
  /** How many manifests went, or would go: platforms, signatures and everything else that hung on it. */
  readonly manifests: number
}

export interface CleanAnswer {
  readonly kind: 'clean'
  readonly outcome: 'cleaned' | 'already' | 'planned'
  readonly application: string
  readonly repository: string
  readonly images: readonly CleanedImage[]
}
