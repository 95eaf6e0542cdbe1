import { notHttp } from '../exchange.ts'

/** The status line and fields of an answer (RFC 9112 §4, §5). Names are in small letters. */
export interface ResponseHead {
  readonly status: number
  /** 1.0 closes the connection unless it says otherwise. */
  readonly version: '1.0' | '1.1'
  readonly fields: ReadonlyMap<string, readonly string[]>
}

const HEAD_BYTES = 64 * 1024
const FIELDS = 256
const BEGINNING = Buffer.from('HTTP/1.')
const CR = 13
const LF = 10
const END = 4

/** Collects the bytes of one response head, however they are cut. Lines end in CR LF; nothing else is taken. */
export class HeadReader {
  readonly #url: URL
  readonly #parts: Buffer[] = []
  #size = 0
  /** How much of CR LF CR LF the last bytes are. */
  #matched = 0

  constructor(url: URL) {
    this.#url = url
  }

  /**
   * undefined: more is needed. `used`: how many bytes of this chunk belong to the head.
   * @throws REGISTRY_ANSWER_INVALID
   */
  push(chunk: Uint8Array): { readonly head: ResponseHead; readonly used: number } | undefined {
    let used = 0
    while (used < chunk.length && this.#matched < END) this.#take(chunk[used++] ?? 0)
    this.#parts.push(Buffer.from(chunk.subarray(0, used)))
    if (this.#matched < END) return undefined
    return { head: parseHead(Buffer.concat(this.#parts).toString('latin1'), this.#url), used }
  }

  #take(byte: number): void {
    const expected = BEGINNING[this.#size++]
    if (expected !== undefined && byte !== expected) throw notHttp(this.#url, 'another protocol')
    if (this.#size > HEAD_BYTES) throw notHttp(this.#url, `headers longer than ${HEAD_BYTES} bytes`)
    const second = this.#matched % 2 === 1
    if (second !== (byte === LF)) throw notHttp(this.#url, 'a line of its headers does not end in CR LF')
    if (byte === CR || byte === LF) this.#matched++
    else this.#matched = 0
  }
}

function parseHead(text: string, url: URL): ResponseHead {
  const [first = '', ...lines] = text.slice(0, -4).split('\r\n')
  const [, version, status] = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(first) ?? []
  if (version !== '1.0' && version !== '1.1') throw notHttp(url, 'a broken status line')
  if (lines.length > FIELDS) throw notHttp(url, `more than ${FIELDS} headers`)
  const fields = new Map<string, string[]>()
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\dA-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw notHttp(url, 'a broken header')
    const key = name.toLowerCase()
    const values = fields.get(key)
    if (values) values.push(trimmed(value))
    else fields.set(key, [trimmed(value)])
  }
  return { status: Number(status), version, fields }
}

/** Without the spaces and tabs around it; String.trim would take more than those. */
function trimmed(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isBlank(value[start])) start++
  while (end > start && isBlank(value[end - 1])) end--
  return value.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}
