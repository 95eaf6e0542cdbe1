import type { ProfileChoice } from './profiles/table.ts'

/** How the embedded registry knows its callers. Every named user may pull, push and delete everything. */
export interface RegistryAuth {
  /** `basic`: credentials with every request. `bearer`: credentials buy a short token, as on the large registries. */
  readonly kind: 'basic' | 'bearer'
  /** Name → password. */
  readonly users: ReadonlyMap<string, string>
  /** Bearer only: the token address that is advertised. Default: this registry's own `/token`. */
  readonly realm?: string
  /** Callers without credentials may pull. Default false. */
  readonly anonymousPull?: boolean
}

/** One request, as `onAnswer` sees it before it is carried out. `path` includes the query. */
export interface IncomingRequest {
  readonly method: string
  readonly path: string
}

/** One request that was answered. `bytes` are body bytes, received and sent together. */
export interface AnsweredRequest extends IncomingRequest {
  readonly status: number
  readonly bytes: number
}

/**
 * A fault to inject, for tests. With `status` or `body` the request is not carried out and this is the answer.
 * Otherwise it is carried out and its answer is spoilt on the way back.
 */
export interface Fault {
  readonly status?: number
  /** Set on top of the answer's own headers. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The connection is cut after so many body bytes; at 0 not even the status line is sent. */
  readonly truncateAt?: number
  /** The first body byte is changed. */
  readonly corrupt?: boolean
  /** Milliseconds to wait before anything is done. */
  readonly delay?: number
}

/** What the registry does, whatever directory and address it has. */
export interface CoreOptions {
  /** Default: everyone may do everything. */
  readonly auth?: RegistryAuth
  /** Default true. False behaves like docker-registry 2.8: 404 on the referrers API and no OCI-Subject. */
  readonly referrersApi?: boolean
  /** Take manifests whose blobs or children are missing. Default false. */
  readonly sparse?: boolean
}

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
