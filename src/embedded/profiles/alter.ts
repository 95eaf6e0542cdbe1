import { Readable } from 'node:stream'
import { parseJson, isObject } from '../../base/index.ts'
import { json } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { readBody } from '../exchange.ts'
import type { Exchange } from '../exchange.ts'
import type { Call } from '../parts.ts'

/** The same request with parts of it changed. */
export function withExchange(call: Call, change: Partial<Exchange>): Call {
  return { ...call, exchange: { ...call.exchange, ...change } }
}

/** The request as if these query parameters had not been there. */
export function withoutQuery(call: Call, ...names: readonly string[]): Call {
  const query = new URLSearchParams(call.exchange.query)
  for (const name of names) query.delete(name)
  return withExchange(call, { query })
}

/** The request as if these headers (in small letters) had not been there. */
export function withoutHeaders(call: Call, ...names: readonly string[]): Call {
  const kept = Object.entries(call.exchange.headers).filter(([name]) => !names.includes(name))
  return withExchange(call, { headers: Object.fromEntries(kept) })
}

/** Reads a small body ahead of the core, which gets it again. */
export async function peeked(
  call: Call,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly call: Call }> {
  const bytes = await readBody(call.exchange, limit, 'MANIFEST_INVALID')
  return { bytes, call: withExchange(call, { body: Readable.from([bytes]) }) }
}

export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

export function withoutAnswerHeaders(answer: Answer, ...names: readonly string[]): Answer {
  const kept = Object.entries(answer.headers).filter(([name]) => !names.includes(name))
  return { ...answer, headers: Object.fromEntries(kept) }
}

/** An error with a code that may be the vendor's own. */
export function complaint(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return json(status, { errors: [{ code, message }] }, headers)
}

/** The errors of an error answer. */
export function complaintsOf(answer: Answer): readonly Readonly<Record<string, unknown>>[] {
  if (answer.status < 400 || !(answer.body instanceof Uint8Array)) return []
  const told = parseJson(Buffer.from(answer.body), 'error answer')
  return isObject(told) && Array.isArray(told.errors) ? told.errors.filter(isObject) : []
}
