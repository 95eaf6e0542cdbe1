import { rmSync } from 'node:fs'
import type { Case } from './cases.ts'
import type { Contestant, Pair } from './contestants.ts'
import type { Images } from './images.ts'
import { surroundings } from './lab.ts'
import type { Lab } from './lab.ts'
import { measured } from './measured.ts'
import type { Measured } from './measured.ts'
import { rowOf } from './row.ts'
import type { Row } from './row.ts'
import type { Setting } from './tracing-proxy.ts'

export interface ContestOptions {
  readonly lab: Lab
  readonly images: Partial<Images>
  readonly contestants: readonly Contestant[]
  readonly runs: number
  /** Folder of Node's compiled code, the same for all runs. */
  readonly compiled: string
}

/** Runs the tools in turn, each turn in another order, so that none always runs in the shadow of the same neighbour. */
export async function contest(one: Case, setting: Setting, options: ContestOptions): Promise<readonly Row[]> {
  const { lab, contestants, runs } = options
  lab.setting = setting
  const entries: Entry[] = []
  for (const contestant of contestants) entries.push(await Entry.open(contestant, one, setting, options))
  for (let turn = 0; turn < runs; turn++)
    for (let place = 0; place < entries.length; place++)
      await entries[(turn + place) % entries.length]?.timed()
  return entries.map((entry) => entry.close())
}

let serial = 0

/** One tool in one case and setting. */
class Entry {
  readonly #contestant: Contestant
  readonly #one: Case
  readonly #options: ContestOptions
  /** Whether timed runs go through the proxy too: what distance and authentication need. */
  readonly #distant: boolean
  readonly #place = `place-${serial++}`
  readonly #home: string
  readonly #runs: Measured[] = []
  #trace: readonly string[] = []
  #absent: string | undefined

  private constructor(contestant: Contestant, one: Case, setting: Setting, options: ContestOptions) {
    this.#contestant = contestant
    this.#one = one
    this.#options = options
    this.#distant = setting.latency > 0 || setting.bearer
    this.#home = options.lab.home()
  }

  /** Prepares what the case finds, and counts the requests of one run that is not timed. */
  static async open(
    contestant: Contestant,
    one: Case,
    setting: Setting,
    options: ContestOptions,
  ): Promise<Entry> {
    const entry = new Entry(contestant, one, setting, options)
    if (one.referrers && !contestant.copy({ from: '', to: '' }, true)) entry.#absent = 'not copied'
    await entry.#attempt(async () => {
      if (one.finds.startsWith('there') || contestant.remembers) {
        await entry.#run(true)
        if (!entry.#distant) await entry.#run(false)
      }
      options.lab.take()
      await entry.#run(true)
      entry.#trace = options.lab.take()
    })
    return entry
  }

  async timed(): Promise<void> {
    await this.#attempt(async () => void this.#runs.push(await this.#run(this.#distant)))
  }

  close(): Row {
    rmSync(this.#home, { recursive: true, force: true })
    const tool = this.#contestant.name
    if (this.#absent !== undefined) return { tool, absent: this.#absent }
    return rowOf(tool, this.#runs, this.#trace)
  }

  /** A tool that fails once takes no further part in this case and setting. */
  async #attempt(step: () => Promise<void>): Promise<void> {
    if (this.#absent !== undefined) return
    await step().catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      this.#absent = 'failed'
    })
  }

  async #run(traced: boolean): Promise<Measured> {
    const { lab, compiled } = this.#options
    const { remembers } = this.#contestant
    const home = remembers ? this.#home : lab.home()
    const line = this.#line(this.#pairs(traced), home)
    try {
      return await measured(line, surroundings(home, compiled))
    } finally {
      if (!remembers) rmSync(home, { recursive: true, force: true })
    }
  }

  #line(pairs: readonly Pair[], home: string): readonly string[] {
    const { copy, tag, many } = this.#contestant
    const { image, referrers, tagOnly } = this.#one
    const [only] = pairs
    if (Array.isArray(this.#options.images[image])) return many(pairs, home)
    if (!only) throw new Error(`No image ${image}.`)
    return (tagOnly ? tag(only) : copy(only, referrers ?? false)) ?? []
  }

  #pairs(traced: boolean): readonly Pair[] {
    const { lab, images } = this.#options
    const { image, to, finds } = this.#one
    const source = lab.address(0, traced)
    const target = lab.address(to === 'same' ? 0 : 1, traced)
    const fresh = `run-${serial++}`
    const names = [images[image] ?? []].flat()
    return names.map((name) => {
      const own = name.slice(0, name.indexOf('@'))
      const folder = finds === 'new repository' ? `prod/${fresh}` : `prod/${this.#place}`
      const last = finds === 'same repository' ? own : `${folder}/${own.slice(own.lastIndexOf('/') + 1)}`
      const tag = finds === 'there' || finds === 'new repository' ? 'v1' : fresh
      return { from: `${source}/${name}`, to: `${target}/${last}:${tag}` }
    })
  }
}
