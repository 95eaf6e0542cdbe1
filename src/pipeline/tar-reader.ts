import { builderFailed } from './builder-failed.ts'

/** One member of an archive. Its content must be read, or the archive goes on without it. */
export interface TarEntry {
  readonly path: string
  /** Typeflag: `0` a file, `5` a directory, `2` a link. */
  readonly type: string
  readonly size: number
  readonly content: AsyncGenerator<Uint8Array, void>
}

const BLOCK = 512
const LONGEST_NAME = 64 * 1024

/**
 * Reads the members of a tar archive (ustar, pax and GNU names), one after the other.
 * @throws BUILDER_FAILED when it ends too early or is none
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void> {
  const input = new Input(chunks)
  let longName: string | undefined
  let paxed: Readonly<Record<string, string>> = {}
  for (;;) {
    const header = await input.take(BLOCK)
    // Two empty blocks end an archive; what follows is padding.
    if (header.every((byte) => byte === 0)) return
    const fields = fieldsOf(header)
    const size = paxed.size === undefined ? fields.size : count(paxed.size)
    const content = input.member(size)
    if (fields.type === 'L' || fields.type === 'x') {
      if (size > LONGEST_NAME) throw broken(`a name of ${size} bytes`)
      const text = await textOf(content)
      if (fields.type === 'L') longName = text.replace(/\0.*$/s, '')
      else paxed = paxRecords(text)
    } else {
      yield { path: paxed.path ?? longName ?? fields.path, type: fields.type, size, content }
      longName = undefined
      paxed = {}
    }
    // A reader may have stopped half-way.
    for await (const _ of input.rest()) void _
    await input.take((BLOCK - (size % BLOCK)) % BLOCK)
  }
}

/** Chunks of any size, handed out in the sizes an archive has. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array()
  /** Bytes of the current member that nobody has read yet. */
  #left = 0

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async take(size: number): Promise<Buffer> {
    const parts: Uint8Array[] = []
    for await (const part of this.member(size)) parts.push(part)
    return Buffer.concat(parts)
  }

  member(size: number): AsyncGenerator<Uint8Array, void> {
    this.#left = size
    return this.rest()
  }

  async *rest(): AsyncGenerator<Uint8Array, void> {
    while (this.#left > 0) {
      if (this.#held.length === 0) await this.#more()
      const part = this.#held.subarray(0, this.#left)
      this.#held = this.#held.subarray(part.length)
      this.#left -= part.length
      yield part
    }
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next()
    if (next.done) throw broken('an archive that ends in the middle of a member')
    this.#held = next.value
  }
}

function fieldsOf(header: Buffer) {
  const name = textIn(header, 0, 100)
  const prefix = textIn(header, 257, 5) === 'ustar' ? textIn(header, 345, 155) : ''
  const type = textIn(header, 156, 1) || '0'
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0)
  if (sum !== octal(header, 148, 8)) throw broken('bytes that are no tar archive')
  return { path: prefix ? `${prefix}/${name}` : name, type, size: sizeOf(header) }
}

/** Octal, or for large files binary with the first bit set (GNU). */
function sizeOf(header: Buffer): number {
  if (((header[124] ?? 0) & 0x80) === 0) return octal(header, 124, 12)
  return count(header.readBigUInt64BE(128).toString())
}

function octal(header: Buffer, at: number, width: number): number {
  const text = textIn(header, at, width).trim()
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

function count(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw broken('a member without a size')
}

function textIn(header: Buffer, at: number, width: number): string {
  return header
    .subarray(at, at + width)
    .toString('utf8')
    .replace(/\0.*$/s, '')
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(Uint8Array.from(part))
  return Buffer.concat(parts).toString('utf8')
}

/** `<length> key=value\n`, again and again. Lengths count bytes; only path and size matter here. */
function paxRecords(text: string): Readonly<Record<string, string>> {
  const wanted = [...text.matchAll(/^\d+ (path|size)=([^\n]*)$/gm)]
  return Object.fromEntries(wanted.map(([, key = '', value = '']) => [key, value]))
}

function broken(found: string) {
  return builderFailed(`Found ${found}`, 'tar')
}
