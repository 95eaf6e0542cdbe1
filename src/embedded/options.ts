import type { CoreOptions } from './core-options.ts'
import type { AnsweredRequest, Fault, IncomingRequest } from './fault.ts'
import type { ProfileChoice } from './profiles/table.ts'

export interface RegistryOptions extends CoreOptions {
  /** The directory that holds everything; created when missing. One process at a time may serve it. */
  readonly root: string
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Misbehave like these, the first outermost. Default: the honest registry. */
  readonly profile?: ProfileChoice | readonly ProfileChoice[]
  readonly onRequest?: (request: AnsweredRequest) => void
  readonly onAnswer?: (request: IncomingRequest) => Fault | undefined
  readonly now?: () => Date
}

/** A registry that is listening. */
export interface RunningRegistry {
  /** `host:port`, as image references name it. */
  readonly address: string
  /** `http://host:port`. */
  readonly url: string
  /** Stops listening, cuts open connections and waits until no request touches the disk any more. */
  close(): Promise<void>
}
