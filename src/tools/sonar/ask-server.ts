import { fail, limits, printableLine, retryAfter, retrying } from '../../base/index.ts'
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

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

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
    return retrying(() => ask(url, options), { ...retry, signal })
  }
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (url && isSafe && url.username === '' && url.password === '') return url
  throw fail(toolsErrors.SONAR_INVALID, {
    message:
      'The address of SonarQube is not one that a token may be sent to; expected https:// without user name and password.',
    where: '--sonar-url',
  })
}

async function ask(url: URL, { token, signal, patience }: ServerOptions): Promise<Buffer> {
  const headers = { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  let answer: Response
  try {
    answer = await fetch(url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    })
    if (answer.status === 200) return await bodyOf(answer, url)
    await answer.body?.cancel()
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof Error && 'code' in cause && cause.code === toolsErrors.SONAR_UNREACHABLE.code)
      throw cause
    throw unreachable(`No answer from ${url.host}: ${reasonOf(cause)}`, url, cause)
  }
  throw refusal(answer, url, token !== undefined)
}

async function bodyOf(answer: Response, url: URL): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > limits.answerBytes)
      throw fail(
        { ...toolsErrors.SONAR_UNREACHABLE, retryable: false },
        { message: `The answer is longer than ${limits.answerBytes} bytes.`, where: whereOf(url) },
      )
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function refusal({ status, headers }: Response, url: URL, withToken: boolean) {
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
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  if (overloaded && seconds >= 0) retryAfter.set(error, seconds * 1000)
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
