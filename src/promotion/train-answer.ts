import type { Digest } from '../oci/index.ts'
import type { PromoteCommand } from './commands.ts'
import type { CopyCounts, Outcome } from './outcome.ts'

/** Many promotions and plain copies, done as one batch. */
export interface TrainOrder {
  /** Those of one application are done in this order, and only while they succeed. */
  readonly promotions: readonly PromoteCommand[]
  readonly images: readonly ImageOrder[]
  /** Items under way at once. */
  readonly concurrency: number
  /** Start nothing more after the first failure. */
  readonly stopOnFailure: boolean
  readonly dryRun: boolean
}

/** One image that shall be in one repository, without gates and without a record. */
export interface ImageOrder {
  /** Reference, or `layout:DIR[@digest|:tag]`. */
  readonly source: string
  /** `host/path`. */
  readonly destination: string
  /** Tags that must never name another digest. */
  readonly tags: readonly string[]
  /** Tags that may be moved. */
  readonly floating: readonly string[]
  readonly referrers: boolean
}

/** How one item ended. `not-started`: nothing was done for it, another run will. */
export type ItemOutcome = Outcome['outcome'] | 'copied' | 'not-started'

export interface TrainItem {
  /** `ordersvc → staging`, or `host/path:tag`. */
  readonly item: string
  readonly outcome: ItemOutcome
  /** The document of the single promotion. */
  readonly promotion?: Outcome
  readonly image?: CopiedItem
  readonly error?: ItemError
  /** Why it was not started. */
  readonly reason?: string
}

/** A plain copy; what is absent is not known, or was not done. */
export interface CopiedItem {
  readonly source: string
  readonly destination: string
  readonly digest: Digest
  readonly tags: readonly string[]
  readonly copy?: CopyCounts
}

/** As `-o json` prints an error of its own. */
export interface ItemError {
  readonly kind: 'error'
  readonly code: string
  readonly message: string
  readonly where?: string
  readonly next: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** What the plan says about the plain images of one registry. */
export interface HostTotals {
  readonly host: string
  readonly repositories: number
  readonly present: number
  readonly move: number
  readonly conflict: number
}

export interface TrainSummary {
  readonly items: number
  readonly promoted: number
  readonly copied: number
  readonly already: number
  readonly planned: number
  readonly unproven: number
  readonly refused: number
  readonly pending: number
  readonly error: number
  readonly notStarted: number
  /** All items together; requests of everything, planning included. */
  readonly manifests: number
  readonly blobs: number
  readonly bytes: number
  readonly mounted: number
  readonly requests: number
}

/** The result of a train. An error outweighs a refusal, and that outweighs what is pending. */
export interface TrainAnswer {
  readonly kind: 'train'
  readonly outcome: 'done' | 'refused' | 'pending' | 'error'
  readonly dryRun: boolean
  readonly interrupted: boolean
  readonly summary: TrainSummary
  /** Only of plain images. */
  readonly hosts: readonly HostTotals[]
  /** In the order of the file, promotions first. */
  readonly items: readonly TrainItem[]
}
