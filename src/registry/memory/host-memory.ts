import { join } from 'node:path'
import { isRepositoryName } from '../../oci/index.ts'
import type { Descriptor, Digest, Repository } from '../../oci/index.ts'
import type { Abilities } from '../abilities.ts'
import type { Challenge } from '../auth/challenge.ts'
import { HintTable } from './hint-table.ts'
import { formatChallenge, parseChallenge } from './kept-challenge.ts'

/** Only what corrects itself when it is wrong. Whether there is a referrers API decides what is read: asked each run. */
const KEPT = ['singlePost', 'selfMount', 'mount', 'resumeUpload', 'chunkBytes', 'multiTag'] as const

/** What it is and when that was found out. */
const ABILITY = /^(true|false|\d{1,15}) (\S+)$/
const WEEK = 7 * 24 * 60 * 60 * 1000
const MiB = 1024 * 1024
/** Repositories remembered for one blob. */
const HOLDERS = 4

/** What is remembered about one registry. Everything is a hint: none of it says what a registry has or allows now. */
export class HostMemory {
  readonly abilities: Abilities = {}
  readonly #registry: string
  readonly #facts: HintTable
  readonly #blobs: HintTable
  readonly #tags: HintTable
  readonly #begun = new Set<keyof Abilities>()

  /** `directory`: undefined = nothing is kept beyond this process. */
  constructor(directory: string | undefined, registry: string) {
    const file = (kind: string) =>
      directory && join(directory, `${encodeURIComponent(registry)}.${kind}.json`)
    this.#registry = registry
    this.#facts = new HintTable(file('facts'), { entries: 2_000, length: 2_000 })
    this.#blobs = new HintTable(file('blobs'), { entries: 20_000, length: 400 })
    this.#tags = new HintTable(file('tags'), { entries: 5_000, length: 600 })
    const known = KEPT.map((name) => [name, this.#ability(name)] as const)
    Object.assign(this.abilities, Object.fromEntries(known.filter(([, value]) => value !== undefined)))
  }

  /** How this registry wants to be asked, from an earlier run. Holds no secret. */
  get challenge(): Challenge | undefined {
    const kept = this.#facts.get('challenge')
    return kept === undefined ? undefined : parseChallenge(kept, this.#registry)
  }

  noteChallenge(challenge: Challenge): void {
    const text = formatChallenge(challenge, this.#registry) ?? ''
    if (text || this.challenge) this.#facts.set('challenge', text)
  }

  /** True for the first one who asks: something is found out once, however many are at work. */
  begins(what: keyof Abilities): boolean {
    if (this.#begun.has(what)) return false
    this.#begun.add(what)
    return true
  }

  /** What a tag named when it was last seen or written. */
  tagged({ name }: Repository, tag: string): string | undefined {
    return this.#tags.get(`${name}:${tag}`)
  }

  noteTag({ name }: Repository, tag: string, digest: Digest): void {
    this.#tags.set(`${name}:${tag}`, digest)
  }

  /** Repositories of this registry that had a big blob once, the latest first: worth a try to mount from. */
  holders(digest: Digest): readonly Repository[] {
    const names = this.#blobs.get(digest)?.split(' ') ?? []
    return names.filter(isRepositoryName).map((name) => ({ registry: this.#registry, name }))
  }

  /** Small blobs are sent again as fast as they are mounted, so they are not noted. */
  noteHolder({ digest, size }: Descriptor, { name }: Repository): void {
    if (size < MiB) return
    const others = this.holders(digest).filter((other) => other.name !== name)
    const names = [name, ...others.map((other) => other.name)].slice(0, HOLDERS)
    this.#blobs.set(digest, names.join(' '))
  }

  async save(): Promise<void> {
    for (const name of KEPT) this.#noteAbility(name, this.abilities[name])
    await Promise.all([this.#facts.save(), this.#blobs.save(), this.#tags.save()])
  }

  /** Limits are forgotten after a week: the registry may have been upgraded. */
  #ability(name: keyof Abilities): boolean | number | undefined {
    const kept = this.#facts.get(`ability ${name}`) ?? ''
    const [, value = '', date = ''] = ABILITY.exec(kept) ?? []
    if (name === 'chunkBytes' ? !Number(value) : !['true', 'false'].includes(value)) return undefined
    if (value === 'true') return true
    if (!(Date.now() - Date.parse(date) < WEEK)) return undefined
    return value === 'false' ? false : Number(value)
  }

  #noteAbility(name: keyof Abilities, value: boolean | number | undefined): void {
    if (value === this.#ability(name)) return
    this.#facts.set(`ability ${name}`, value === undefined ? '' : `${value} ${new Date().toISOString()}`)
  }
}
