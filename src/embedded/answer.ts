import type { Digest } from '../oci/index.ts'

/** Part of a file, sent without holding it in memory. `end` is exclusive. */
export interface FileSlice {
  readonly file: string
  readonly start: number
  readonly end: number
}

/** What goes back to the client. A HEAD sends the same without the body. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | FileSlice
  /** What the body's bytes pass on their way out; may cut the connection by throwing `Cut`. */
  readonly through?: Through
}

/** A change to a body while it is sent. */
export type Through = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

/** The error codes of distribution-spec "Error Codes"; others are not allowed in a 4xx. */
export type OciCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'

export interface OciError {
  readonly code: OciCode
  readonly message: string
  readonly detail?: unknown
}

/** Thrown to answer a request with an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly errors: readonly OciError[]
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, errors: readonly OciError[], headers: Readonly<Record<string, string>> = {}) {
    super(errors[0]?.message ?? `status ${status}`)
    this.status = status
    this.errors = errors
    this.headers = headers
  }
}

/** Thrown to cut the connection instead of answering, or in the middle of an answer. */
export class Cut extends Error {
  override readonly name = 'Cut'
}

/** A refusal with one error. */
export function refusal(status: number, code: OciCode, message: string, detail?: unknown): Refusal {
  return new Refusal(status, [{ code, message, ...(detail !== undefined && { detail }) }])
}

export function refusalAnswer(refused: Refusal): Answer {
  return json(refused.status, { errors: refused.errors }, refused.headers)
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  }
}

/** The headers that identify content: its digest, and the same as a strong entity tag for conditional requests. */
export function contentHeaders(digest: Digest): Record<string, string> {
  return { 'docker-content-digest': digest, etag: `"${digest}"` }
}
