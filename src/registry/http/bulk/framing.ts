import { notHttp } from '../exchange.ts'
import type { Method } from '../exchange.ts'
import type { ResponseHead } from './response-head.ts'

/** Where the body of an answer ends (RFC 9112 §6.3): after so many bytes, by itself, or with the connection. */
export type Framing = number | 'chunked' | 'until-close'

/**
 * Anything that two readers could understand differently is refused: that is how answers are smuggled.
 * @throws REGISTRY_ANSWER_INVALID
 */
export function framingOf(method: Method, head: ResponseHead, url: URL): Framing {
  const lengths = head.fields.get('content-length') ?? []
  const codings = head.fields.get('transfer-encoding') ?? []
  if (lengths.length > 1) throw notHttp(url, 'more than one Content-Length')
  if (lengths.length > 0 && codings.length > 0) throw notHttp(url, 'Content-Length and Transfer-Encoding')
  const [length] = lengths
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw notHttp(url, 'a broken Content-Length')
  if (codings.length > 0 && (head.version === '1.0' || codings.join().toLowerCase() !== 'chunked'))
    throw notHttp(url, 'an unknown Transfer-Encoding')
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return 0
  if (codings.length > 0) return 'chunked'
  return length === undefined ? 'until-close' : Number(length)
}

/** How long (milliseconds) the server keeps the connection for another request. 0 = it does not. */
export function keptFor(head: ResponseHead): number {
  const words = (head.fields.get('connection') ?? [])
    .join()
    .toLowerCase()
    .split(/[\s,]+/)
  if (words.includes('close') || (head.version === '1.0' && !words.includes('keep-alive'))) return 0
  const [, seconds] = /\btimeout=(\d{1,6})\b/.exec((head.fields.get('keep-alive') ?? []).join()) ?? []
  // A second less: a request that is on its way when the time is over gets no answer.
  return seconds === undefined ? KEPT : Math.min(KEPT, (Number(seconds) - 1) * 1000)
}

const KEPT = 60_000
