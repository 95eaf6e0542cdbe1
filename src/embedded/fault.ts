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
