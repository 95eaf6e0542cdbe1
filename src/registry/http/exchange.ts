import { fail, WaybillError } from '../../base/index.ts'
import { registryErrors } from '../errors.ts'

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

/** A request body: bytes, or a stream that can be opened again for another try. */
export type Body = Buffer | (() => AsyncIterable<Uint8Array>)

/** One HTTP request, exactly as it goes out. A streamed body needs its `content-length` among the headers. */
export interface Exchange {
  readonly method: Method
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Body | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds without an answer, and without a byte of it. 0 = the caller watches. */
  readonly patience?: number | undefined
  /** A large body, either way: over our own pump, whose chunks are lent until the next one is asked for. */
  readonly bulk?: boolean | undefined
}

/** One HTTP answer; its body must be read or dumped, or the connection is lost. */
export interface Answer {
  readonly status: number
  readonly url: URL
  readonly body: AsyncIterable<Uint8Array>
  header(name: string): string | undefined
  headers(name: string): readonly string[]
}

export const PATIENCE = 60_000

/** `code` of an error about a server that sent nothing for too long. */
const SILENT = 'ERR_WAYBILL_SILENT'
/** `code` of an error about a body that is longer or shorter than its content-length. */
const BODY_LENGTH = 'ERR_WAYBILL_BODY_LENGTH'

export function silence(): Error {
  return Object.assign(new Error('it went silent'), { code: SILENT })
}

export function wrongLength(found: number, expected: number): Error {
  const message = `the body has ${found} bytes, its content-length says ${expected}`
  return Object.assign(new Error(message), { code: BODY_LENGTH })
}

// Trying again cannot help against these; everything else on a connection may be a passing fault.
const LASTING =
  /^(?:ECONNREFUSED|ENOTFOUND|EACCES|CERT_.*|.*_CERT.*|UNABLE_TO_.*|ERR_TLS_.*|ERR_SSL_.*|ERR_INVALID_.*|ERR_WAYBILL_BODY_LENGTH)$/

/** The error of a connection that failed or broke; an error of ours that came through the body stays itself. */
export function connectionFailed(url: URL, cause: unknown): WaybillError {
  if (cause instanceof WaybillError) return cause
  const { code = '', message = String(cause) } = innermost(cause)
  if (code.startsWith('HPE_')) return notHttp(url, message, cause)
  const retryable = !LASTING.test(code)
  return fail(
    { ...registryErrors.REGISTRY_UNREACHABLE, retryable },
    { message: `No answer from ${url.host}: ${spoken(code) ?? message}.`, where: url.host, cause },
  )
}

/** What came back is not HTTP as RFC 9112 has it. */
export function notHttp(url: URL, found: string, cause?: unknown): WaybillError {
  return fail(registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `${url.host} does not answer in valid HTTP: ${found}.`,
    where: url.host,
    cause,
  })
}

function innermost(cause: unknown): { code?: string; message?: string } {
  const errors = cause instanceof AggregateError ? (cause.errors as unknown[]) : []
  const inner = (errors[0] ?? cause) as { code?: unknown; message?: string }
  return {
    ...(typeof inner.code === 'string' && { code: inner.code }),
    message: inner.message || 'the connection failed',
  }
}

function spoken(code: string): string | undefined {
  if (code === 'ECONNREFUSED') return 'the connection was refused'
  if (code === 'ENOTFOUND') return 'the host name does not exist'
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the connection broke'
  if (code === 'ETIMEDOUT') return 'no connection within the time limit'
  return undefined
}
