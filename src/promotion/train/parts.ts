import type { OnStep } from '../../base/index.ts'
import type { Repository } from '../../oci/index.ts'
import type { ImageStore } from '../../registry/index.ts'
import type { PromoteCommand } from '../commands.ts'
import type { Outcome } from '../outcome.ts'

/** What an item reports to, and its own requests so far: the client's count is that of all items together. */
export interface Telling {
  readonly onStep: OnStep
  readonly requests: () => number
}

/** What a train is driven with. All of it talks through one client, so that items share tokens, blobs and pressure. */
export interface TrainParts {
  readonly onStep: OnStep
  readonly signal: AbortSignal
  /** HTTP requests made so far, all registries together. */
  requests(): number
  store(repository: Repository): ImageStore
  /** A reference, or `layout:DIR[@digest|:tag]` → the store and the name in it. */
  openSource(text: string): Promise<{ readonly store: ImageStore; readonly name: string }>
  /** One promotion, or its plan when the command is dry. */
  promote(command: PromoteCommand, telling: Telling): Promise<Outcome>
}
