import {
  fail,
  isObject,
  limits,
  parseJson,
  parseRetryAfter,
  printableLine,
  retryAfter,
} from '../../base/index.ts'
import type { DeclaredError, WaybillError } from '../../base/index.ts'
import { registryErrors } from '../errors.ts'
import { connectionFailed } from './exchange.ts'
import type { Answer } from './exchange.ts'

const DUMP = 128 * 1024
const ERROR_BODY = 64 * 1024

/** The whole body, at most `max` bytes; undefined when there is more. @throws REGISTRY_UNREACHABLE */
export async function bodyOf(answer: Answer, max: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of answer.body) {
      size += chunk.length
      if (size > max) return undefined
      chunks.push(chunk)
    }
  } catch (cause) {
    throw connectionFailed(answer.url, cause)
  }
  return Buffer.concat(chunks)
}

/** The same answer with its body in memory; one that is larger than `max` bytes is cut off behind them. @throws REGISTRY_UNREACHABLE */
export async function held(answer: Answer, max: number): Promise<Answer> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk)
      if ((size += chunk.length) > max) break
    }
  } catch (cause) {
    throw connectionFailed(answer.url, cause)
  }
  return { ...answer, body: once(chunks) }
}

async function* once(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks
}

/** Lets go of a body that nobody wants, so that its connection can be used again. */
export async function dump(answer: Answer): Promise<void> {
  let size = 0
  try {
    for await (const chunk of answer.body) if ((size += chunk.length) > DUMP) return
  } catch {
    // Nobody wanted it.
  }
}

/** A body that must be JSON. @throws REGISTRY_ANSWER_INVALID, JSON_INVALID */
export async function jsonOf(answer: Answer): Promise<unknown> {
  const bytes = await bodyOf(answer, limits.answerBytes)
  if (bytes) return parseJson(bytes, answer.url.host + answer.url.pathname)
  throw fail(registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `The answer is longer than ${limits.answerBytes} bytes.`,
    where: answer.url.host + answer.url.pathname,
  })
}

/** What the registry said in its error body (distribution-spec "error codes"), read leniently. */
export interface Complaint {
  readonly codes: readonly string[]
  /** One printable line, or empty. */
  readonly text: string
}

export async function complaintOf(answer: Answer): Promise<Complaint> {
  const bytes = await bodyOf(answer, ERROR_BODY).catch(() => undefined)
  const entries = bytes ? errorEntries(bytes) : []
  const texts = entries.map(({ code, message }) => (message ? `${code}: ${message}` : code))
  return { codes: entries.map(({ code }) => code), text: withoutSecrets(printableLine(texts.join('; '))) }
}

/** Some servers repeat the request in their errors, Authorization and all; errors end in logs. */
function withoutSecrets(text: string): string {
  return text.replace(/\b(basic|bearer)[\s:="']+[\w.~+/=-]{6,}/gi, '$1 [hidden]')
}

function errorEntries(bytes: Buffer): readonly { code: string; message: string }[] {
  try {
    const json = parseJson(bytes, 'error answer')
    const errors = isObject(json) && Array.isArray(json.errors) ? json.errors.filter(isObject) : []
    return errors.map(({ code, message }) => ({
      code: typeof code === 'string' ? code : 'UNKNOWN',
      message: typeof message === 'string' ? message : '',
    }))
  } catch {
    return []
  }
}

/** The error for an answer that was not among the expected ones (401 and 403 are the wire's own). */
export function refusal(answer: Answer, method: string, complaint: Complaint): WaybillError {
  const said = complaint.text ? ` ${complaint.text}.` : ''
  const error = fail(kindOf(answer.status, complaint), {
    message: `${answer.url.host} answered ${answer.status} to ${method} ${answer.url.pathname}.${said}`,
    where: answer.url.host + answer.url.pathname,
    detail: { status: answer.status, host: answer.url.host, codes: complaint.codes },
  })
  const wait = parseRetryAfter(answer.header('retry-after'), new Date())
  if (wait !== undefined) retryAfter.set(error, wait)
  return error
}

function kindOf(status: number, complaint: Complaint): DeclaredError {
  if (status === 501 || status === 505) return { ...registryErrors.REGISTRY_FAILED, retryable: false }
  if (status === 408 || status === 429 || status >= 500) return registryErrors.REGISTRY_FAILED
  if (status === 404 && complaint.codes.includes('NAME_UNKNOWN')) return registryErrors.REPOSITORY_MISSING
  return status >= 400 ? registryErrors.REGISTRY_REFUSED : registryErrors.REGISTRY_ANSWER_INVALID
}
