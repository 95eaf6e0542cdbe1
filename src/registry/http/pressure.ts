/** What a request costs a host: a few bytes read or written, or many. */
export type Verb = 'read' | 'write' | 'bytes-in' | 'bytes-out'

/** How the clock and chance are had; tests bring their own. */
export interface PressureTime {
  /** Monotonic milliseconds. */
  now(): number
  /** Runs `work` after so many milliseconds; returns how to call that off. */
  after(milliseconds: number, work: () => void): () => void
  /** From 0 to 1. */
  random(): number
}

const realTime: PressureTime = {
  now: () => performance.now(),
  after: (milliseconds, work) => {
    const timer = setTimeout(work, milliseconds)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}

const METADATA = { first: 16, most: 32 }
const BYTES = { first: 4, most: 16 }
const WINDOWS = { read: METADATA, write: METADATA, 'bytes-in': BYTES, 'bytes-out': BYTES } as const

/**
 * No request waits longer than this for its turn (milliseconds, pauses aside): whoever holds one turn while waiting
 * for another is slowed down by the windows, never stopped.
 */
const LONGEST_TURN = 30_000

/** Permission to have one request under way. */
export interface Turn {
  /** The host took the request: more at once may be possible. */
  good(): void
  /** The host, or the way to it, cannot keep up (429, 503, silence, a broken connection): half as many at once. */
  bad(): void
  /** The request is over. May be told twice. */
  leave(): void
}

interface Waiting {
  readonly admit: (turn: Turn) => void
  callOff: () => void
  /** It has waited for as long as anything may. */
  due: boolean
}

/**
 * How much one host is asked at once: a window for each kind of request, which opens with every success and halves
 * when the host cannot keep up (AIMD), and one pause for everybody when the host asks for one.
 */
export class HostPressure {
  readonly #time: PressureTime
  readonly #gates = new Map<Verb, Gate>()
  #pausedUntil = 0
  #timer: (() => void) | undefined
  #lastGood = -Infinity

  constructor(time: PressureTime = realTime) {
    this.#time = time
  }

  /** Waits for a turn. @throws the signal's reason */
  async enter(verb: Verb, signal?: AbortSignal): Promise<Turn> {
    signal?.throwIfAborted()
    const gate = this.#gate(verb)
    const { promise, resolve, reject } = Promise.withResolvers<Turn>()
    const waiting: Waiting = { admit: resolve, callOff: () => {}, due: false }
    gate.waiting.push(waiting)
    this.#admit()
    if (!gate.waiting.includes(waiting)) return promise
    const abort = () => {
      gate.waiting.splice(gate.waiting.indexOf(waiting), 1)
      reject(signal?.reason instanceof Error ? signal.reason : new Error('cancelled'))
    }
    signal?.addEventListener('abort', abort, { once: true })
    waiting.callOff = this.#time.after(LONGEST_TURN, () => {
      waiting.due = true
      this.#admit()
    })
    return promise.finally(() => {
      waiting.callOff()
      signal?.removeEventListener('abort', abort)
    })
  }

  /** Nobody asks this host anything for so many milliseconds, and a little longer: not everybody returns at once. */
  pause(milliseconds: number): void {
    const until = this.#time.now() + milliseconds * (1 + this.#time.random() / 10)
    this.#pausedUntil = Math.max(this.#pausedUntil, until)
  }

  /** Did the host do anything for anybody since then (monotonic milliseconds)? */
  hasServedSince(moment: number): boolean {
    return this.#lastGood > moment
  }

  get now(): number {
    return this.#time.now()
  }

  #gate(verb: Verb): Gate {
    const known = this.#gates.get(verb)
    if (known) return known
    const gate = new Gate(WINDOWS[verb])
    this.#gates.set(verb, gate)
    return gate
  }

  #admit(): void {
    const rest = this.#pausedUntil - this.#time.now()
    if (rest > 0) return this.#admitAfter(rest)
    for (const gate of this.#gates.values())
      for (let next = gate.next(); next; next = gate.next()) next.admit(this.#turn(gate))
  }

  #admitAfter(milliseconds: number): void {
    this.#timer?.()
    this.#timer = this.#time.after(milliseconds, () => {
      this.#timer = undefined
      this.#admit()
    })
  }

  #turn(gate: Gate): Turn {
    const { round } = gate
    gate.underWay++
    let left = false
    return {
      good: () => {
        this.#lastGood = this.#time.now()
        gate.open()
      },
      bad: () => gate.halve(round),
      leave: () => {
        if (left) return
        left = true
        gate.underWay--
        this.#admit()
      },
    }
  }
}

/** The window of one kind of request. */
class Gate {
  readonly waiting: Waiting[] = []
  underWay = 0
  /** Counts the halvings: requests that were under way together halve the window once. */
  round = 0
  #window: number
  readonly #most: number

  constructor({ first, most }: { readonly first: number; readonly most: number }) {
    this.#window = first
    this.#most = most
  }

  /** Who may go now, in order of arrival. */
  next(): Waiting | undefined {
    const [first] = this.waiting
    if (!first || (this.underWay >= Math.floor(this.#window) && !first.due)) return undefined
    return this.waiting.shift()
  }

  /** Quickly until the host's limit was met once, then by one for each windowful. A window nobody fills says nothing. */
  open(): void {
    if (this.underWay < Math.floor(this.#window)) return
    this.#window = Math.min(this.#most, this.#window + (this.round === 0 ? 1 : 1 / this.#window))
  }

  halve(round: number): void {
    if (round !== this.round) return
    this.round++
    this.#window = Math.max(1, this.#window / 2)
  }
}
