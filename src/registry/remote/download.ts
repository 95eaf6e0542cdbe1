import { fail } from '../../base/index.ts'
import { DigestCheck } from '../../oci/index.ts'
import type { Descriptor } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { connectionFailed } from '../http/exchange.ts'
import type { Answer } from '../http/exchange.ts'
import type { BlobContent, ReadBlobOptions } from '../store.ts'
import { verifiedRest } from '../verified-stream.ts'
import { BULK_BYTES } from './bulk.ts'
import { openRange } from './download-range.ts'
import type { RangeOptions } from './download-range.ts'
import type { Endpoint } from './endpoint.ts'
import { PROGRESS, tryAgain } from './try-again.ts'

/** Bytes between two states of the hash that are kept to go on from. */
const CHECKPOINT = 8 * 1024 * 1024

/**
 * A blob, hashed. When the connection breaks it is resumed from where it stopped, while any progress is made.
 * @throws BLOB_MISSING, at the end SIZE_MISMATCH, DIGEST_MISMATCH
 */
export async function getBlob(
  endpoint: Endpoint,
  descriptor: Descriptor,
  options: DownloadOptions = {},
): Promise<BlobContent> {
  const reader = new AbortController()
  const bulk = options.lent === true && descriptor.size >= BULK_BYTES
  const how = { patience: options.patience, bulk }
  try {
    const first = await openRange(endpoint, descriptor, 0, { ...how, signal: reader.signal })
    return new RemoteBlob(endpoint, descriptor, { first, reader, how })
  } catch (error) {
    reader.abort()
    throw error
  }
}

interface DownloadOptions extends ReadBlobOptions {
  /** Milliseconds without a byte after which a connection counts as broken. Default: the wire's. */
  readonly patience?: number | undefined
}

interface Begun {
  readonly first: Answer
  readonly reader: AbortController
  readonly how: Omit<RangeOptions, 'signal'>
}

/** One blob on a registry, read once or, after an upload broke, again from any byte. One reader at a time. */
class RemoteBlob implements BlobContent {
  readonly #endpoint: Endpoint
  readonly #descriptor: Descriptor
  readonly #how: Begun['how']
  readonly #checkpoints: [DigestCheck, ...DigestCheck[]]
  #first: Answer | undefined
  #reader: AbortController

  constructor(endpoint: Endpoint, descriptor: Descriptor, { first, reader, how }: Begun) {
    this.#endpoint = endpoint
    this.#descriptor = descriptor
    this.#how = how
    this.#first = first
    this.#reader = reader
    this.#checkpoints = [new DigestCheck(descriptor, `${endpoint.where}@${descriptor.digest}`)]
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    return this.from(0)
  }

  async *from(offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    this.#endOtherReader()
    const check = this.#checkpointBefore(offset).fork()
    const reader = this.#reader
    const bytes = this.#bytes(check.size, reader.signal)
    try {
      for await (const chunk of verifiedRest(bytes, check, this.#descriptor.size)) {
        const begin = check.size - chunk.length
        this.#keep(check)
        if (check.size > offset) yield chunk.subarray(Math.max(0, offset - begin))
      }
    } catch (error) {
      // Not `this.#reader`: another may have taken over meanwhile.
      reader.abort()
      throw error
    }
  }

  #endOtherReader(): void {
    if (this.#first) return
    this.#reader.abort()
    this.#reader = new AbortController()
  }

  #checkpointBefore(offset: number): DigestCheck {
    const [start] = this.#checkpoints
    return this.#checkpoints.findLast(({ size }) => size <= offset) ?? start
  }

  #keep(check: DigestCheck): void {
    const last = this.#checkpoints.at(-1)?.size ?? 0
    if (check.size - last >= CHECKPOINT && check.size < this.#descriptor.size)
      this.#checkpoints.push(check.fork())
  }

  /** The bytes from `start` on, over as many connections as it takes. */
  async *#bytes(start: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const { size } = this.#descriptor
    let answer = await this.#open(start, signal)
    let position = start
    let counted = start
    for (let failures = 0; ;) {
      try {
        // A registry that ignores Range begins again at the first byte.
        let skip = answer.status === 200 ? position : 0
        for await (const chunk of answer.body) {
          const fresh = chunk.subarray(Math.min(skip, chunk.length))
          skip -= chunk.length - fresh.length
          position += fresh.length
          if (position - counted >= PROGRESS) [failures, counted] = [0, position]
          yield fresh
        }
        if (answer.status === 200 || position >= size) return
        throw endedEarly(answer)
      } catch (cause) {
        const failure = connectionFailed(answer.url, cause)
        signal.throwIfAborted()
        if (position >= size) return
        const { retry } = this.#endpoint.wire
        answer = await tryAgain(failure, ++failures, retry, () => this.#open(position, signal))
      }
    }
  }

  #open(from: number, signal: AbortSignal): Promise<Answer> {
    const first = from === 0 ? this.#first : undefined
    this.#first = undefined
    if (first) return Promise.resolve(first)
    return openRange(this.#endpoint, this.#descriptor, from, { ...this.#how, signal })
  }
}

/** A 206 may stop before the end of what was asked for; the rest is asked for again. */
function endedEarly(answer: Answer) {
  return fail(registryErrors.REGISTRY_UNREACHABLE, {
    message: `${answer.url.host} sent less than it was asked for.`,
    where: answer.url.host,
  })
}
