import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { refusal } from './answer.ts'
import type { OciCode } from './answer.ts'

/** One request, as the handlers see it. */
export interface Exchange {
  readonly method: string
  /** Percent-encoded, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The body as it arrives; throws when the client goes away. */
  readonly body: AsyncIterable<Uint8Array>
  /** Body bytes read so far. */
  received(): number
}

export function exchangeOf(request: IncomingMessage): Exchange {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  let received = 0
  async function* body(): AsyncGenerator<Uint8Array> {
    for await (const chunk of request) {
      received += (chunk as Buffer).length
      yield chunk as Buffer
    }
  }
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: request.headers,
    body: body(),
    received: () => received,
  }
}

/** The body's length as the client declares it; undefined when it is sent in chunks. */
export function declaredLength(exchange: Exchange): number | undefined {
  const text = exchange.headers['content-length']
  return text === undefined ? undefined : Number(text)
}

/** The whole body in memory. @throws Refusal with status 413 above `limit` bytes */
export async function readBody(exchange: Exchange, limit: number, code: OciCode): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  const tooLarge = () => refusal(413, code, `the body is larger than ${limit} bytes`)
  if ((declaredLength(exchange) ?? 0) > limit) throw tooLarge()
  for await (const chunk of exchange.body) {
    chunks.push(chunk)
    if (exchange.received() > limit) throw tooLarge()
  }
  return Buffer.concat(chunks)
}
