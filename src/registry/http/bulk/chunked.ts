import { notHttp } from '../exchange.ts'

const LINE_BYTES = 4 * 1024
const TRAILER_BYTES = 64 * 1024
const LF = 10

/** Takes the chunked coding (RFC 9112 §7.1) off, however the bytes are cut. Trailers are read and dropped. */
export class ChunkedReader {
  readonly #url: URL
  #state: 'size' | 'data' | 'after-data' | 'trailer' | 'done' = 'size'
  #line = ''
  #left = 0
  #trailers = 0

  constructor(url: URL) {
    this.#url = url
  }

  get done(): boolean {
    return this.#state === 'done'
  }

  /**
   * The data in these bytes, not copied. Bytes after the end are refused: nothing was asked for that they could answer.
   * @throws REGISTRY_ANSWER_INVALID
   */
  *push(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    let at = 0
    while (at < bytes.length) {
      if (this.#state === 'done') throw notHttp(this.#url, 'more than one answer')
      if (this.#state !== 'data') {
        this.#character(bytes[at++] ?? 0)
        continue
      }
      const data = bytes.subarray(at, at + this.#left)
      at += data.length
      this.#left -= data.length
      if (this.#left === 0) this.#state = 'after-data'
      yield data
    }
  }

  /** One byte of a line. A line ends in CR LF. */
  #character(byte: number): void {
    const afterCr = this.#line.endsWith('\r')
    if (afterCr !== (byte === LF)) throw this.#broken()
    if (this.#line.length >= LINE_BYTES) throw this.#broken()
    if (byte !== LF) this.#line += String.fromCharCode(byte)
    else this.#lineEnds(this.#line.slice(0, -1))
  }

  #lineEnds(line: string): void {
    this.#line = ''
    if (this.#state === 'after-data') {
      if (line !== '') throw this.#broken()
      this.#state = 'size'
    } else if (this.#state === 'size') {
      const [, digits] = /^([\da-fA-F]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line) ?? []
      if (digits === undefined) throw this.#broken()
      this.#left = Number.parseInt(digits, 16)
      this.#state = this.#left > 0 ? 'data' : 'trailer'
    } else {
      this.#trailers += line.length
      if (this.#trailers > TRAILER_BYTES) throw this.#broken()
      if (line === '') this.#state = 'done'
    }
  }

  #broken() {
    return notHttp(this.#url, 'a broken chunk')
  }
}
