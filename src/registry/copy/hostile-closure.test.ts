import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFailure } from '../../base/index.ts'
import { digestOf, manifestBytes, mediaTypes, parseManifest } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { missingContent } from '../missing-content.ts'
import type { ImageStore, StoredManifest } from '../store.ts'
import { treeOf } from '../tree.ts'
import { copyClosure } from './copy-closure.ts'

/** A store that holds whatever a hostile registry would, and counts what it is asked. */
class Hostile {
  readonly location: string
  readonly repository = undefined
  asked = 0
  readonly tagged: string[] = []
  readonly #manifests = new Map<string, StoredManifest>()
  readonly #referrers = new Map<Digest, readonly Descriptor[]>()

  constructor(location: string) {
    this.location = location
  }

  image(annotations: Record<string, string> = {}, subject?: Descriptor): Descriptor {
    const config = { mediaType: mediaTypes.ociConfig, digest: digestOf('{}'), size: 2 }
    return this.#add({ mediaType: mediaTypes.ociManifest, config, layers: [], annotations, subject })
  }

  index(manifests: readonly Descriptor[]): Descriptor {
    return this.#add({ mediaType: mediaTypes.ociIndex, manifests })
  }

  refer(subject: Descriptor, count: number): readonly Descriptor[] {
    const list = Array.from({ length: count }, (_, n) => this.image({ n: `${subject.digest} ${n}` }, subject))
    this.#referrers.set(subject.digest, list)
    return list
  }

  /** What of `ImageStore` a walk needs; it never gets to the rest. */
  get store(): ImageStore {
    return this as unknown as ImageStore
  }

  async manifest(name: string): Promise<StoredManifest | undefined> {
    this.asked++
    return this.#manifests.get(name)
  }

  async head(name: string) {
    return (await this.manifest(name))?.descriptor
  }

  content = (digest: Digest) => this.manifest(digest)
  expectWrites = () => {}
  hasBlob = async () => false
  putBlob = async () => 'sent'
  tags = async () => ['none']
  putTags = async (tags: readonly string[]) => void this.tagged.push(...tags)

  async referrers(digest: Digest) {
    this.asked++
    return this.#referrers.get(digest) ?? []
  }

  async putManifest(stored: StoredManifest) {
    this.#manifests.set(stored.descriptor.digest, stored)
  }

  #add(json: Readonly<Record<string, unknown>> & { readonly mediaType: string }): Descriptor {
    const bytes = manifestBytes({ schemaVersion: 2, ...json })
    const { mediaType } = json
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
    const stored = { bytes, descriptor, manifest: parseManifest(bytes, mediaType, 'test') }
    this.#manifests.set(descriptor.digest, stored)
    return descriptor
  }
}

/** Each level lists the one below so many times: 20^6 ways to the same image. */
function multiplied(source: Hostile): Descriptor {
  let top = source.image()
  for (let level = 0; level < 6; level++) top = source.index(Array.from({ length: 20 }, () => top))
  return top
}

const tooLarge = (error: unknown) => isFailure(error, registryErrors.REGISTRY_ANSWER_INVALID)

describe('registry/copy: closures without end', () => {
  it('referrers of referrers of referrers: a clean error, and no tag', async () => {
    const [source, destination] = [new Hostile('here'), new Hostile('there')]
    const root = source.image()
    for (const one of source.refer(root, 400).slice(0, 30)) source.refer(one, 400)
    await assert.rejects(
      copyClosure({
        source: source.store,
        destination: destination.store,
        root: root.digest,
        tags: ['stable'],
      }),
      (error: unknown) => tooLarge(error) && error.detail.side === 'source',
    )
    assert.deepEqual(destination.tagged, [])
  })

  it('more bytes of manifests than fit into memory', async () => {
    const [source, destination] = [new Hostile('here'), new Hostile('there')]
    const children = Array.from({ length: 40 }, (_, n) => source.image({ n: `${n}`, x: 'x'.repeat(4e6) }))
    const root = source.index(children).digest
    await assert.rejects(
      copyClosure({ source: source.store, destination: destination.store, root }),
      tooLarge,
    )
  })

  it('a child that is listed again and again is asked for once, there as here', async () => {
    const [source, destination] = [new Hostile('here'), new Hostile('there')]
    const root = multiplied(source).digest
    for (const tags of [['first'], ['second']])
      await copyClosure({ source: source.store, destination: destination.store, root, tags })
    assert.deepEqual(destination.tagged, ['first', 'second'])
    assert.ok(source.asked + destination.asked < 100, `asked ${source.asked + destination.asked} times`)
  })

  it('and what is missing of it is told once', async () => {
    const source = new Hostile('here')
    const root = multiplied(source).digest
    assert.deepEqual(await missingContent(source.store, root), [digestOf('{}')])
    assert.equal(source.asked, 7)
  })

  it('a tree of it ends', async () => {
    const source = new Hostile('here')
    const { digest } = multiplied(source)
    await assert.rejects(treeOf(source.store, digest), tooLarge)
  })
})
