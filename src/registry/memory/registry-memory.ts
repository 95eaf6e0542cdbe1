import { join } from 'node:path'
import { ContentCache } from './content-cache.ts'
import { HintTable } from './hint-table.ts'
import { HostMemory } from './host-memory.ts'
import { removeOldest } from './remove-oldest.ts'

const FINISHED = { entries: 10_000, length: 200 }

/** Registries that were started for a test or a job never come back; two files each. */
const FILES = 400

/** What is kept between runs: hints about registries, and content by digest. Written by `save`. */
export class RegistryMemory {
  readonly content: ContentCache
  /** Finished work, by a digest of all that it depends on. */
  readonly finished: HintTable
  readonly #directory: string | undefined
  readonly #hosts = new Map<string, HostMemory>()

  /** `directory`: undefined = hints live as long as this object, and no content is kept. Nothing is read yet. */
  constructor(directory: string | undefined) {
    this.#directory = directory && join(directory, 'registries')
    this.content = new ContentCache(directory && join(directory, 'content'))
    this.finished = new HintTable(directory && join(directory, 'finished.json'), FINISHED)
  }

  host(registry: string): HostMemory {
    const known = this.#hosts.get(registry)
    if (known) return known
    const opened = new HostMemory(this.#directory, registry)
    this.#hosts.set(registry, opened)
    return opened
  }

  /** Never fails: where nothing can be written nothing is kept. */
  async save(): Promise<void> {
    await Promise.all([
      this.content.save(),
      this.finished.save(),
      ...[...this.#hosts.values()].map((host) => host.save()),
    ])
    if (this.#directory && this.#hosts.size > 0) await removeOldest(this.#directory, () => 1, FILES)
  }
}
