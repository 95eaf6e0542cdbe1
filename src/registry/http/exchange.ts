import type { Agent, Dispatcher } from 'undici'
import { fail, WaybillError } from '../../base/index.ts'
import { registryErrors } from '../errors.ts'

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

/** A request body: bytes, or a stream that can be opened again for another try. */
export type Body = Buffer | (() => AsyncIterable<Uint8Array>)

/** One HTTP request, exactly as it goes out. */
export interface Exchange {
  readonly method: Method
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Body | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds without an answer, and without a byte of it. 0 = the caller watches. */
  readonly patience?: number | undefined
}

/** One HTTP answer; its body must be read or dumped, or the connection is lost. */
export interface Answer {
  readonly status: number
  readonly url: URL
  readonly body: Dispatcher.ResponseData['body']
  header(name: string): string | undefined
  headers(name: string): readonly string[]
}

const PATIENCE = 60_000

/** A pool of connections. HTTP is loaded here, with the first request: work on layouts does without. */
export async function openConnections(options: Agent.Options): Promise<Agent> {
  const { Agent } = await import('undici')
  return new Agent(options)
}

/** Sends one request. Redirects are answers here. @throws REGISTRY_UNREACHABLE, the signal's reason */
export async function exchange(dispatcher: Dispatcher, given: Exchange): Promise<Answer> {
  const { method, url, headers, body, signal } = given
  const patience = given.patience ?? PATIENCE
  const { request } = await import('undici')
  try {
    const answer = await request(url, {
      dispatcher,
      method,
      headers,
      headersTimeout: patience,
      bodyTimeout: patience || PATIENCE,
      ...(signal && { signal }),
      ...(body && { body: typeof body === 'function' ? (body() as never) : body }),
    })
    const values = (name: string) => [answer.headers[name] ?? []].flat()
    return {
      status: answer.statusCode,
      url,
      body: answer.body,
      header: (name) => values(name)[0],
      headers: values,
    }
  } catch (cause) {
    signal?.throwIfAborted()
    throw connectionFailed(url, cause)
  }
}

// Trying again cannot help against these; everything else on a connection may be a passing fault.
const LASTING =
  /^(?:ECONNREFUSED|ENOTFOUND|EACCES|HPE_.*|CERT_.*|.*_CERT.*|ERR_TLS_.*|ERR_SSL_.*|UND_ERR_INVALID_ARG|UND_ERR_REQ_CONTENT_LENGTH_MISMATCH)$/

/** The error of a connection that failed or broke; an error of ours that came through the body stays itself. */
export function connectionFailed(url: URL, cause: unknown): WaybillError {
  if (cause instanceof WaybillError) return cause
  const { code = '', message = String(cause) } = innermost(cause)
  const retryable = !LASTING.test(code)
  return fail(
    { ...registryErrors.REGISTRY_UNREACHABLE, retryable },
    { message: `No answer from ${url.host}: ${spoken(code) ?? message}.`, where: url.host, cause },
  )
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
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE') return 'the connection broke'
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'no connection within the time limit'
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'it went silent'
  return undefined
}
