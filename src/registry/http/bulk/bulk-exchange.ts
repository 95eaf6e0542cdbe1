import { connectionFailed, PATIENCE, silence } from '../exchange.ts'
import type { Answer, Exchange } from '../exchange.ts'
import { declaredLength, pour } from '../pour.ts'
import type { Spout } from '../pour.ts'
import { markStale } from '../stale.ts'
import { Watch } from '../watch.ts'
import { ChunkedReader } from './chunked.ts'
import { framingOf, keptFor } from './framing.ts'
import type { Framing } from './framing.ts'
import type { Line } from './line.ts'
import type { Lines } from './lines.ts'
import { requestHead } from './request-head.ts'
import { HeadReader } from './response-head.ts'
import type { ResponseHead } from './response-head.ts'

/**
 * One request over our own pump, for large bodies: bytes go from socket to socket in memory that is used again, so a
 * chunk of the answer is lent until the next one is asked for. Otherwise the same as `ordinaryExchange`.
 * @throws REGISTRY_UNREACHABLE, REGISTRY_ANSWER_INVALID, the signal's reason
 */
export async function bulkExchange(lines: Lines, given: Exchange, onEnd: () => void): Promise<Answer> {
  const { url, signal } = given
  try {
    signal?.throwIfAborted()
    const head = requestHead(given)
    return await new Pump(lines, given, onEnd).run(head)
  } catch (cause) {
    onEnd()
    signal?.throwIfAborted()
    throw connectionFailed(url, cause)
  }
}

/** One exchange on its line. */
class Pump {
  readonly #lines: Lines
  readonly #line: Line
  readonly #given: Exchange
  readonly #onEnd: () => void
  readonly #before: number
  /** The whole request is on its way. */
  #sent = false
  #answered = false
  #over = false

  constructor(lines: Lines, given: Exchange, onEnd: () => void) {
    this.#lines = lines
    this.#line = lines.take(given.url)
    this.#given = given
    this.#onEnd = onEnd
    this.#before = this.#line.inflow.received
    given.signal?.addEventListener('abort', this.#abort, { once: true })
  }

  async run(requestHead: Buffer): Promise<Answer> {
    const { url, method, patience = PATIENCE } = this.#given
    const watch = new Watch(patience, this.#silent)
    watch.start()
    try {
      void this.#send(requestHead, watch)
      const { head, rest } = await this.#head()
      const framing = framingOf(method, head, url)
      this.#answered = true
      const values = (name: string) => head.fields.get(name) ?? []
      if (framing === 0) this.#end(rest.length > 0 ? 0 : keptFor(head))
      const body = framing === 0 ? nothing() : this.#body(head, framing, rest)
      return { status: head.status, url, body, header: (name) => values(name)[0], headers: values }
    } catch (error) {
      this.#end(0, error as Error)
      throw error
    } finally {
      watch.stop()
    }
  }

  /** The head of the final answer; those before it (1xx) say nothing that we asked for. */
  async #head(): Promise<{ head: ResponseHead; rest: Uint8Array }> {
    const { inflow } = this.#line
    for (let rest: Uint8Array = EMPTY; ;) {
      const reader = new HeadReader(this.#given.url)
      let found = reader.push(rest)
      while (!found) {
        rest = await this.#taken(inflow.take())
        found = reader.push(rest)
      }
      rest = rest.subarray(found.used)
      if (found.head.status >= 200) return { head: found.head, rest }
    }
  }

  async #taken(bytes: Promise<Uint8Array | undefined>): Promise<Uint8Array> {
    try {
      const taken = await bytes
      if (taken) return taken
      throw Object.assign(new Error('the connection closed'), { code: 'ECONNRESET' })
    } catch (error) {
      if (this.#line.used > 0 && this.#line.inflow.received === this.#before) markStale(error as Error)
      throw error
    }
  }

  async #send(requestHead: Buffer, watch: Watch): Promise<void> {
    const { body, headers } = this.#given
    const whole = typeof body === 'function' ? undefined : Buffer.concat([requestHead, body ?? EMPTY])
    try {
      await this.#line.write(whole ?? requestHead)
      if (typeof body !== 'function') return void (this.#sent = true)
      watch.stop()
      await pour(body(), declaredLength(headers), this.#spout(watch))
    } catch (error) {
      if (!this.#answered) this.#end(0, error as Error)
    }
  }

  #spout(watch: Watch): Spout {
    const over = () => this.#answered || this.#over
    const write = async (chunk: Uint8Array) => {
      watch.start()
      await this.#line.write(chunk)
      watch.stop(chunk.length)
    }
    const complete = () => {
      this.#sent = true
      if (!over()) watch.start()
    }
    return { write, complete, over }
  }

  async *#body(
    head: ResponseHead,
    framing: Framing,
    rest: Uint8Array,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let kept = 0
    const watch = new Watch(this.#given.patience || PATIENCE, this.#silent)
    const next = async () => {
      watch.start()
      const bytes = await this.#line.inflow.take()
      watch.stop(bytes?.length)
      return bytes
    }
    try {
      let clean = false
      if (framing === 'chunked') clean = yield* chunked(rest, next, this.#given.url)
      else if (framing === 'until-close') yield* untilClose(rest, next)
      else clean = yield* ofLength(framing, rest, next)
      if (clean) kept = keptFor(head)
    } catch (error) {
      this.#given.signal?.throwIfAborted()
      throw error
    } finally {
      watch.stop()
      this.#end(kept)
    }
  }

  readonly #abort = (): void => {
    const reason: unknown = this.#given.signal?.reason
    this.#line.drop(reason instanceof Error ? reason : new Error('cancelled'))
  }

  readonly #silent = (): void => {
    this.#line.drop(silence())
  }

  /** `kept`: milliseconds for which the server keeps the connection. 0: it is of no more use. */
  #end(kept: number, failure?: Error): void {
    if (this.#over) return
    this.#over = true
    this.#given.signal?.removeEventListener('abort', this.#abort)
    if (this.#sent && kept > 0) this.#lines.giveBack(this.#line, kept)
    else this.#lines.drop(this.#line, failure)
    this.#onEnd()
  }
}

type Next = () => Promise<Uint8Array | undefined>

const EMPTY = Buffer.alloc(0)

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

/** True at the end: the connection holds nothing that was not asked for. */
async function* ofLength(
  length: number,
  rest: Uint8Array,
  next: Next,
): AsyncGenerator<Uint8Array, boolean, undefined> {
  let left = length
  for (let bytes = rest; ; bytes = present(await next())) {
    const own = bytes.subarray(0, left)
    left -= own.length
    if (own.length > 0) yield own
    if (left === 0) return own.length === bytes.length
  }
}

async function* chunked(
  rest: Uint8Array,
  next: Next,
  url: URL,
): AsyncGenerator<Uint8Array, boolean, undefined> {
  const reader = new ChunkedReader(url)
  yield* reader.push(rest)
  while (!reader.done) yield* reader.push(present(await next()))
  return true
}

async function* untilClose(rest: Uint8Array, next: Next): AsyncGenerator<Uint8Array, void, undefined> {
  if (rest.length > 0) yield rest
  for (let bytes = await next(); bytes; bytes = await next()) yield bytes
}

function present(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes) return bytes
  throw Object.assign(new Error('the connection closed in the middle of an answer'), { code: 'ECONNRESET' })
}
