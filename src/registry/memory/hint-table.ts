import { isObject, parseJson } from '../../base/index.ts'
import { readPrivateFile, writePrivateFile } from './private-file.ts'

export interface HintLimits {
  /** Oldest are forgotten first. */
  readonly entries: number
  /** Characters of a key and its value together. */
  readonly length: number
}

const VERSION = 1

/**
 * Short texts under short names, kept between runs in one file, which is read when something is first asked. Hints:
 * what is missing, old or broken may cost a request and nothing else.
 */
export class HintTable {
  readonly #path: string | undefined
  readonly #limits: HintLimits
  readonly #fresh = new Map<string, string>()
  #known: ReadonlyMap<string, string> | undefined

  constructor(path: string | undefined, limits: HintLimits) {
    this.#path = path
    this.#limits = limits
  }

  get(key: string): string | undefined {
    return this.#fresh.get(key) ?? (this.#known ??= this.#read()).get(key)
  }

  set(key: string, value: string): void {
    if (key.length + value.length > this.#limits.length || this.get(key) === value) return
    this.#fresh.delete(key)
    this.#fresh.set(key, value)
    if (this.#fresh.size > this.#limits.entries) this.#fresh.delete(this.#fresh.keys().next().value ?? '')
  }

  /** Writes what is new on top of what the file says by now: another process may have learned something too. */
  async save(): Promise<void> {
    if (!this.#path || this.#fresh.size === 0) return
    const merged = new Map(this.#read())
    for (const [key, value] of this.#fresh) {
      merged.delete(key)
      merged.set(key, value)
    }
    const hints = Object.fromEntries([...merged].slice(-this.#limits.entries))
    await writePrivateFile(this.#path, JSON.stringify({ version: VERSION, hints }))
    this.#fresh.clear()
    this.#known = merged
  }

  #read(): ReadonlyMap<string, string> {
    const { entries, length } = this.#limits
    const bytes = this.#path && readPrivateFile(this.#path, entries * (length + 8))
    return new Map(bytes ? hintsIn(bytes, this.#limits) : [])
  }
}

/** Oldest first. Nothing when the file is not one of ours. */
function hintsIn(bytes: Buffer, { entries, length }: HintLimits): readonly (readonly [string, string])[] {
  try {
    const file = parseJson(bytes, 'hints')
    if (!isObject(file) || file.version !== VERSION || !isObject(file.hints)) return []
    const hints = Object.entries(file.hints).filter(
      (hint): hint is [string, string] =>
        typeof hint[1] === 'string' && hint[0].length + hint[1].length <= length,
    )
    return hints.slice(-entries)
  } catch {
    return []
  }
}
