import type { Socket } from 'node:net'

const SLAB = 256 * 1024
/** Less room than this is not worth a read. */
const ROOM = 32 * 1024
/** One lent out, one full, one being filled. */
const SLABS = 3

interface Slab {
  readonly bytes: Buffer
  filled: number
  taken: number
}

/**
 * The bytes that a socket receives, in memory that is used again and again. The socket reads ahead into the next slab
 * while the reader has a slice of the one before, and is paused while all are full.
 *
 * Node asks for the next buffer right after a read, long before the next one begins. So the place given out last may
 * be written to at any time: it is never lent, and reading is paused one slab early.
 */
export class Inflow {
  /** For the `onread` option of `net.connect` and `tls.connect`. */
  readonly onread = {
    buffer: () => this.#place(),
    callback: (count: number) => this.#received(count),
  }
  socket: Socket | undefined
  /** Bytes received so far. */
  received = 0
  #current = newSlab()
  readonly #full: Slab[] = []
  readonly #free: Slab[] = []
  #lent: Slab | undefined
  #slabs = 1
  #paused = false
  #ended = false
  #failure: Error | undefined
  #waiting: (() => void) | undefined

  /** No more bytes will come. What has come can still be read. */
  end(failure?: Error): void {
    this.#failure ??= failure
    this.#ended = true
    this.#wake()
  }

  /** Nothing has come that was not read. */
  get empty(): boolean {
    return this.#next() === undefined
  }

  /**
   * The next bytes, lent until this is called again. undefined: the other side has ended the connection.
   * @throws what broke the connection
   */
  async take(): Promise<Uint8Array | undefined> {
    this.#release()
    for (;;) {
      const slab = this.#next()
      if (slab) return this.#lend(slab)
      if (this.#failure) throw this.#failure
      if (this.#ended) return undefined
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting = resolve
      await promise
    }
  }

  #next(): Slab | undefined {
    const slab = this.#full[0] ?? this.#current
    return slab.taken < slab.filled ? slab : undefined
  }

  #lend(slab: Slab): Uint8Array {
    const slice = slab.bytes.subarray(slab.taken, slab.filled)
    slab.taken = slab.filled
    this.#lent = slab
    if (slab === this.#full[0]) this.#full.shift()
    return slice
  }

  #release(): void {
    const slab = this.#lent
    this.#lent = undefined
    if (!slab || slab === this.#current || this.#full.includes(slab)) return
    if (this.#slabs > SLABS) this.#slabs--
    else this.#free.push(slab)
    if (!this.#paused || this.#free.length === 0) return
    this.#paused = false
    this.socket?.resume()
  }

  #place(): Buffer {
    return this.#current.bytes.subarray(this.#current.filled)
  }

  #received(count: number): boolean {
    this.received += count
    this.#current.filled += count
    if (SLAB - this.#current.filled < ROOM) this.#turn()
    this.#paused = this.#free.length === 0 && this.#slabs >= SLABS
    this.#wake()
    return !this.#paused
  }

  /** TLS may still hand over what it has decrypted after reading was paused: then there is one slab more for a while. */
  #turn(): void {
    const old = this.#current
    if (old.taken < old.filled) this.#full.push(old)
    else if (old !== this.#lent) this.#free.push(old)
    const free = this.#free.pop()
    if (!free) this.#slabs++
    this.#current = free ?? newSlab()
    this.#current.filled = 0
    this.#current.taken = 0
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }
}

function newSlab(): Slab {
  return { bytes: Buffer.allocUnsafeSlow(SLAB), filled: 0, taken: 0 }
}
