import { fail } from '../base/index.ts'
import { isReservedTag, parseRepository, shortDigest } from '../oci/index.ts'
import { connect } from '../wiring/images.ts'
import type { AttachedFact, Outcome } from '../promotion/index.ts'
import { deltaLines } from '../report/index.ts'
import type { DemoStage, StoryMood } from '../report/index.ts'
import { demoErrors } from './errors.ts'
import type { OnStory } from './story.ts'
import type { World } from './world.ts'

/** Tells the story and keeps what the page and the JSON document need. */
export class Narrator {
  readonly stages: DemoStage[] = []
  readonly refusals: { stage: string; gate: string; reason: string }[] = []
  readonly #world: World
  readonly #tell: OnStory
  readonly #client
  #chapter = 0

  constructor(world: World, tell: OnStory, signal: AbortSignal) {
    this.#world = world
    this.#tell = tell
    this.#client = connect({ env: world.env, signal }, new Set())
  }

  async chapter(title: string, why: string): Promise<void> {
    await this.#tell({ kind: 'chapter', number: ++this.#chapter, title, why })
  }

  async say(text: string, mood: StoryMood = 'note'): Promise<void> {
    await this.#tell({ kind: 'result', mood, text })
  }

  /** Shows a command, runs what it stands for, and says in one line what came out. */
  async run<T>(line: string, work: () => Promise<T>, result: (value: T) => string | undefined): Promise<T> {
    await this.#tell({ kind: 'command', line })
    const value = await work()
    const text = result(value)
    if (text !== undefined) await this.say(text, 'good')
    return value
  }

  /** A promotion that must succeed. */
  async promoted(line: string, work: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = await this.run(line, work, told)
    if (outcome.outcome === 'promoted') return outcome
    throw fail(
      demoErrors.DEMO_UNEXPECTED,
      `${line} ended as ${outcome.outcome}: ${reasons(outcome).join(' ')}`,
    )
  }

  /** A promotion that must not succeed: the gates that stopped it are shown and kept. */
  async refused(stage: string, line: string, work: () => Promise<Outcome>): Promise<Outcome> {
    await this.#tell({ kind: 'command', line })
    const outcome = await work()
    const stopping = outcome.verdict.gates.filter(
      (gate) => gate.result !== 'pass' && gate.result !== 'waived',
    )
    if (stopping.length === 0) throw fail(demoErrors.DEMO_UNEXPECTED, `${line} was let through.`)
    for (const { gate, result, reason } of stopping) {
      this.refusals.push({ stage, gate, reason })
      await this.say(`${gate}: ${reason}`, result === 'pending' ? 'waiting' : 'refused')
    }
    return outcome
  }

  /** A plan, told as what it would change against what is there. */
  async compared(line: string, work: () => Promise<Outcome>): Promise<void> {
    await this.#tell({ kind: 'command', line })
    const { delta } = await work()
    if (!delta) throw fail(demoErrors.DEMO_UNEXPECTED, `${line} compared nothing.`)
    for (const text of deltaLines(delta)) await this.say(text)
  }

  async attached(line: string, work: () => Promise<AttachedFact>): Promise<AttachedFact> {
    return this.run(line, work, ({ summary, signer }) => `${summary} (signed by ${signer ?? 'nobody'})`)
  }

  /** Reads registries and environments as they are now, and shows them as tables. */
  async snapshot(stage: string, title: string): Promise<void> {
    const tags = await this.#humanTags()
    const environments = await this.#environments()
    const before = this.stages.at(-1)
    const now = { stage, title, tags, environments }
    this.stages.push(now)
    await this.#tell({ kind: 'snapshot', stage: now, before })
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  /** Tags people use. `promotions.*`, `standing.*` and `sha256-*` are the registry's own bookkeeping. */
  async #humanTags(): Promise<Record<string, string>> {
    const found: [string, string][] = []
    for (const repository of this.#repositories()) {
      const store = this.#client.repository(repository)
      for (const tag of await store.tags()) {
        if (isReservedTag(tag)) continue
        const digest = (await store.head(tag))?.digest
        if (digest) found.push([tag, digest])
      }
    }
    return Object.fromEntries(found)
  }

  async #environments(): Promise<Record<string, string>> {
    const { applications } = await this.#world.workspace.status({ application: 'ordersvc' })
    const rows = applications.flatMap(({ environments }) => environments)
    return Object.fromEntries(
      rows.flatMap(({ environment, digest }) => (digest ? [[environment, digest]] : [])),
    )
  }

  #repositories() {
    const { nonprod, prod } = this.#world.registries
    return [
      `${nonprod.address}/dev/ordersvc`,
      `${nonprod.address}/staging/ordersvc`,
      `${prod.address}/ordersvc`,
    ].map(parseRepository)
  }
}

function told(outcome: Outcome): string {
  const { to, digest, tags = [], copy, sequence, verdict } = outcome
  const moved =
    copy && copy.manifests > 0
      ? `, ${copy.manifests} manifests and ${copy.blobs + copy.mounted} blobs moved`
      : ''
  const waived = verdict.gates.filter(({ result }) => result === 'waived').map(({ gate }) => gate)
  const aside = waived.length > 0 ? ` WAIVED, not passed: ${waived.join(', ')}.` : ''
  return `${shortDigest(digest)} is in ${to} as record ${sequence ?? '?'}; tags ${tags.join(', ') || 'unchanged'}${moved}.${aside}`
}

function reasons(outcome: Outcome): readonly string[] {
  return outcome.verdict.gates
    .filter((gate) => gate.result !== 'pass')
    .map((gate) => `${gate.gate}: ${gate.reason}`)
}
