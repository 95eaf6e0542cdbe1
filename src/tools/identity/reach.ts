import { ask } from '../../base/ask.ts'
import type { Question, ServiceAnswer } from '../../base/ask.ts'
import {
  defaultRetry,
  fail,
  isObject,
  limits,
  parseRetryAfter,
  parseSecretJson,
  retryAfter,
  retrying,
} from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'

/** Milliseconds for one answer of a token service or an issuer. */
const PATIENCE = 20_000
const ATTEMPTS = 3

export type JsonQuestion = Pick<Question, 'headers'> & { readonly url: URL; readonly body?: string }

/**
 * The JSON object that a token service or an issuer answers with. Asked again when it is overloaded or out of reach.
 * @throws IDENTITY_UNREACHABLE
 */
export function askJson(
  question: JsonQuestion,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  return retrying(() => askOnce(question, signal), { ...defaultRetry, attempts: ATTEMPTS, signal })
}

async function askOnce({ url, headers, body }: JsonQuestion, signal: AbortSignal) {
  const order = {
    url,
    headers,
    patience: PATIENCE,
    signal,
    ...(body !== undefined && { body: Buffer.from(body) }),
  }
  const answer = await ask(order).catch((cause: unknown) => {
    signal.throwIfAborted()
    // Whoever has not answered in all that time will not do so in the next.
    const retryable = (cause as Error).name !== 'TimeoutError'
    throw unreachable(url, 'did not answer', { cause, retryable })
  })
  if (answer.status !== 200) throw refusal(url, answer)
  if (!answer.body) throw unreachable(url, `gave more than ${limits.answerBytes} bytes`)
  const json = parseSecretJson(answer.body, url.host)
  if (isObject(json)) return json
  throw unreachable(url, 'did not answer with a JSON object')
}

function refusal(url: URL, { status, header }: ServiceAnswer) {
  const redirects = status >= 300 && status < 400 ? ', and redirects are not followed' : ''
  const retryable = status === 429 || status >= 500
  const error = unreachable(url, `answered ${status}${redirects}`, { retryable })
  const wait = parseRetryAfter(header('retry-after'), new Date())
  if (retryable && wait !== undefined) retryAfter.set(error, wait)
  return error
}

/** @param what `answered 503` */
export function unreachable(
  { host, pathname }: URL,
  what: string,
  { cause, retryable = false }: { readonly cause?: unknown; readonly retryable?: boolean } = {},
) {
  const declared = { ...toolsErrors.IDENTITY_UNREACHABLE, retryable }
  return fail(declared, { message: `${host} ${what}.`, where: `${host}${pathname}`, cause })
}
