import { ask } from '../../base/ask.ts'
import type { ServiceAnswer } from '../../base/ask.ts'
import {
  confidentialUrl,
  fail,
  limits,
  parseRetryAfter,
  printableLine,
  retryAfter,
  retrying,
} from '../../base/index.ts'
import type { RetryOptions } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'

/** GET of one path of the server → the body of its answer. */
export type AskServer = (path: string, query: Readonly<Record<string, string>>) => Promise<Buffer>

export interface ServerOptions {
  /** `https://sonar.example.com`, or with a path when it is served under one. */
  readonly url: string
  readonly token: string | undefined
  readonly signal: AbortSignal
  readonly retry: RetryOptions
  /** Milliseconds for one answer. */
  readonly patience: number
}

/**
 * Asks one server and no other: redirects are not followed, so the token reaches the configured origin only.
 * @throws SONAR_INVALID for an address that is not https (loopback may be plain)
 */
export function serverAt(options: ServerOptions): AskServer {
  const base = addressOf(options.url)
  const { retry, signal } = options
  return (path, query) => {
    const url = new URL(`${base.pathname.replace(/\/$/, '')}/${path}`, base.origin)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return retrying(() => askOnce(url, options), { ...retry, signal })
  }
}

function addressOf(text: string): URL {
  const url = confidentialUrl(text)
  if (url) return url
  throw fail(toolsErrors.SONAR_INVALID, {
    message:
      'The address of SonarQube is not one that a token may be sent to; expected https:// without user name and password.',
    where: '--sonar-url',
  })
}

async function askOnce(url: URL, { token, signal, patience }: ServerOptions): Promise<Buffer> {
  const headers = { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await ask({ url, headers, patience, signal }).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw unreachable(`No answer from ${url.host}: ${reasonOf(cause)}`, url, cause)
  })
  if (answer.status !== 200) throw refusal(answer, url, token !== undefined)
  if (answer.body) return answer.body
  throw fail(
    { ...toolsErrors.SONAR_UNREACHABLE, retryable: false },
    { message: `The answer is longer than ${limits.answerBytes} bytes.`, where: whereOf(url) },
  )
}

function refusal({ status, header }: ServiceAnswer, url: URL, withToken: boolean) {
  const where = whereOf(url)
  const who = withToken ? 'the token' : 'nobody (no token is set)'
  if (status === 401 || status === 403)
    return fail(toolsErrors.SONAR_DENIED, {
      message: `${url.host} answered ${status}; asked as ${who}.`,
      where,
    })
  if (status === 404)
    return fail(toolsErrors.SONAR_DENIED, {
      message: `${url.host} answered 404: there is no such task or analysis, or ${who} may not see it.`,
      where,
    })
  const overloaded = status === 429 || status >= 500
  const error = fail(
    { ...toolsErrors.SONAR_UNREACHABLE, retryable: overloaded },
    {
      message: `${url.host} answered ${status}${status >= 300 && status < 400 ? ', and redirects are not followed' : ''}.`,
      where,
    },
  )
  const wait = parseRetryAfter(header('retry-after'), new Date())
  if (overloaded && wait !== undefined) retryAfter.set(error, wait)
  return error
}

function unreachable(message: string, url: URL, cause: unknown) {
  return fail(toolsErrors.SONAR_UNREACHABLE, { message: `${message}.`, where: whereOf(url), cause })
}

const whereOf = (url: URL) => `${url.host}${url.pathname}`

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  return printableLine(inner instanceof Error ? inner.message : String(inner))
}
