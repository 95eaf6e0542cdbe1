/** One request to a cloud, exactly as it goes out. */
export interface Outgoing {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Milliseconds without an answer. Default: the sender's. */
  readonly patience?: number
  readonly signal?: AbortSignal
}

/** One answer, read whole. A redirect is an answer. */
export interface Incoming {
  readonly status: number
  /** undefined = longer than `limits.answerBytes`. */
  readonly body: Buffer | undefined
  header(name: string): string | undefined
}

/** Sends one request, once, and follows nothing. Its errors (no connection, cancelled) are the sender's own. */
export type Send = (request: Outgoing) => Promise<Incoming>
