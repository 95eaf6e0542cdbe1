import { isFailure } from '../../base/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { fallbackTag } from '../referrer-list.ts'
import { RemoteRepository } from '../remote/repository.ts'
import type { Side } from './side.ts'

/** Tags cosign and older tools hang on a digest: `sha256-<hex>.sig`. */
const LEGACY_SUFFIXES = ['sig', 'att', 'sbom'] as const

/**
 * What hangs on the digests of a closure, on both sides. At the source one list of all tags replaces four questions
 * per digest; where listing is denied, each tag is asked for.
 */
export class ReferrerLists {
  readonly #source: Side
  readonly #destination: Side
  #tags: Promise<ReadonlySet<string> | undefined> | undefined
  #first: Promise<unknown> | undefined

  constructor(source: Side, destination: Side) {
    this.#source = source
    this.#destination = destination
  }

  /** Referrers of a digest, from the API and the fallback tag. */
  atSource(digest: Digest): Promise<readonly Descriptor[]> {
    // The first answer says whether there is an API; until then the others would all ask in vain.
    const listing = this.#first ? this.#first.then(() => this.#list(digest)) : this.#list(digest)
    this.#first ??= listing.catch(() => {})
    return listing
  }

  async atDestination(digest: Digest): Promise<ReadonlySet<Digest>> {
    const entries = await this.#destination.run((store) => store.referrers(digest))
    return new Set(entries.map((entry) => entry.digest))
  }

  /** The legacy tags of a digest that exist at the source. */
  async legacyTags(digest: Digest): Promise<readonly string[]> {
    const tags = LEGACY_SUFFIXES.map((suffix) => `${fallbackTag(digest)}.${suffix}`)
    const there = await Promise.all(tags.map((tag) => this.#has(tag)))
    return tags.filter((_, index) => there[index])
  }

  async #list(digest: Digest): Promise<readonly Descriptor[]> {
    const hasFallback = await this.#has(fallbackTag(digest))
    return this.#source.run((store) =>
      store instanceof RemoteRepository ? store.referrersGiven(digest, hasFallback) : store.referrers(digest),
    )
  }

  async #has(tag: string): Promise<boolean> {
    const known = await (this.#tags ??= this.#allTags())
    if (known) return known.has(tag)
    return (await this.#source.run((store) => store.head(tag))) !== undefined
  }

  async #allTags(): Promise<ReadonlySet<string> | undefined> {
    try {
      const tags = await this.#source.run((store) => store.tags())
      // No tags at all is also what a registry says that has lost sight of the repository: then each is asked for.
      return tags.length > 0 ? new Set(tags) : undefined
    } catch (error) {
      if (isFailure(error, registryErrors.REGISTRY_DENIED, registryErrors.REGISTRY_REFUSED)) return undefined
      throw error
    }
  }
}
