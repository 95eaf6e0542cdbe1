import type { LookupFunction } from 'node:net'
import { Line } from './line.ts'

const IDLE_LINES = 16

/** The connections to one place, kept for the next request. */
export class Lines {
  readonly #lookup: LookupFunction
  #idle: Line[] = []
  readonly #open = new Set<Line>()
  #session: Buffer | undefined

  constructor(lookup: LookupFunction) {
    this.#lookup = lookup
  }

  take(url: URL): Line {
    for (let line = this.#idle.pop(); line; line = this.#idle.pop()) {
      if (line.usable) {
        line.wake()
        return line
      }
      this.drop(line)
    }
    const line = new Line({
      url,
      lookup: this.#lookup,
      session: this.#session,
      onSession: (session) => (this.#session = session),
    })
    this.#open.add(line)
    return line
  }

  /** `kept`: milliseconds for which the server keeps the connection. */
  giveBack(line: Line, kept: number): void {
    line.rest(performance.now() + kept)
    for (const idle of this.#idle.filter((one) => !one.usable)) this.drop(idle)
    if (kept <= 0 || !line.usable || this.#idle.length >= IDLE_LINES) this.drop(line)
    else this.#idle.push(line)
  }

  drop(line: Line, failure?: Error): void {
    this.#idle = this.#idle.filter((one) => one !== line)
    this.#open.delete(line)
    line.drop(failure)
  }

  close(): void {
    for (const line of this.#open) this.drop(line)
  }
}
