import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import fc from 'fast-check'
import { childrenOf, digestOf, hexOf, mediaTypes } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import { openLayout, readBlob, registryErrors } from '../../src/registry/index.ts'
import { blobOf, putImage, putIndex, putReferrer, storedManifest } from '../support/images.ts'
import { temporaryDirectory } from '../support/registries.ts'

async function fresh(t: TestContext) {
  const directory = join(await temporaryDirectory(t), 'layout')
  const store = await openLayout(directory, { create: true })
  const entries = async () => {
    const json = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')) as {
      manifests: Descriptor[]
    }
    return json.manifests
  }
  const path = (digest: string) => join(directory, 'blobs', 'sha256', hexOf(digest as never))
  return { directory, store, entries, path }
}

describe('test/flow/registry-layout', () => {
  it('lists roots and referrers, not children, whatever the order of writing', async (t) => {
    const { store, entries } = await fresh(t)
    const index = await putIndex(store)
    const evidence = await putReferrer(store, index.descriptor, 'evidence')
    const [child] = childrenOf(index.manifest)
    await store.putManifest((await store.manifest(child!.digest))!)
    const digests = (await entries()).map(({ digest }) => digest)
    assert.deepEqual(digests, [index.descriptor.digest, evidence.descriptor.digest])
  })

  it('one digest may have several tags; a tag has one digest', async (t) => {
    const { store, entries } = await fresh(t)
    const one = await putImage(store, 'linux/amd64', { seed: 'one' })
    const two = await putImage(store, 'linux/amd64', { seed: 'two' })
    await store.putTag('a', one)
    await store.putTag('b', one)
    assert.equal((await entries()).length, 3)
    await store.putTag('a', two, one.descriptor.digest)
    assert.deepEqual([...(await store.tags())].toSorted(), ['a', 'b'])
    assert.equal((await store.head('a'))?.digest, two.descriptor.digest)
    assert.equal((await store.head('b'))?.digest, one.descriptor.digest)
    await assert.rejects(store.putTag('b', two, 'absent'), { code: registryErrors.TAG_CONFLICT.code })
    assert.equal(await store.deleteTag('b'), true)
    assert.equal(await store.deleteTag('b'), false)
    assert.ok(await store.manifest(one.descriptor.digest), 'untagging removes no content')
    assert.equal(await store.deleteManifest(one.descriptor.digest), true)
    assert.equal(await store.manifest(one.descriptor.digest), undefined)
  })

  it('tags and referrers written at the same time are all there', async (t) => {
    const { store } = await fresh(t)
    const image = await putImage(store, 'linux/amd64')
    const names = Array.from({ length: 10 }, (_, i) => `t${i}`)
    await Promise.all([
      ...names.map((name) => store.putTag(name, image)),
      ...names.map((name) => putReferrer(store, image.descriptor, name)),
    ])
    assert.deepEqual([...(await store.tags())].toSorted(), names)
    assert.equal((await store.referrers(image.descriptor.digest)).length, 10)
  })

  it('reads a fallback tag as regclient writes it', async (t) => {
    const { store } = await fresh(t)
    const image = await putImage(store, 'linux/amd64')
    const listed = { mediaType: mediaTypes.ociManifest, digest: digestOf('x'), size: 1 }
    const list = storedManifest({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [listed] })
    await store.putManifest(list)
    await store.putTag(image.descriptor.digest.replace(':', '-'), list)
    assert.deepEqual(await store.referrers(image.descriptor.digest), [listed])
  })

  it('a blob that is wrong leaves nothing behind', async (t) => {
    const { directory, store } = await fresh(t)
    const blob = blobOf(Buffer.from('right'), 'text/plain')
    const wrong = async function* () {
      yield Buffer.from('wrong')
    }
    const work = store.putBlob(blob.descriptor, () => Promise.resolve(wrong()))
    await assert.rejects(work, { code: 'DIGEST_MISMATCH' })
    assert.equal(await store.hasBlob(blob.descriptor), false)
    assert.deepEqual(await readdir(join(directory, 'blobs', 'sha256')), [])
  })

  it('content changed on disk is noticed', async (t) => {
    const { directory, store, path } = await fresh(t)
    const image = await putImage(store, 'linux/amd64')
    const [config] = childrenOf(image.manifest)
    await writeFile(path(config!.digest), 'x'.repeat(config!.size))
    await assert.rejects(readBlob(store, config!, 1000), { code: 'DIGEST_MISMATCH' })
    await writeFile(path(image.descriptor.digest), '{}')
    const again = await openLayout(directory)
    await assert.rejects(again.manifest(image.descriptor.digest), { code: 'DIGEST_MISMATCH' })
    await rm(path(config!.digest))
    await mkdir(path(config!.digest))
    await assert.rejects(readBlob(store, config!, 1000), { code: registryErrors.BLOB_MISSING.code })
  })

  const broken: readonly (readonly [string, string, string])[] = [
    ['no marker', 'oci-layout', ''],
    ['another version', 'oci-layout', '{"imageLayoutVersion":"2.0.0"}'],
    ['a manifest in place of the index', 'index.json', '{"schemaVersion":2,"config":{},"layers":[]}'],
    ['an index.json that is not JSON', 'index.json', '{'],
    ['an entry without a digest', 'index.json', '{"schemaVersion":2,"manifests":[{"size":1}]}'],
  ]
  for (const [name, file, content] of broken)
    it(`LAYOUT_INVALID: ${name}`, async (t) => {
      const { directory } = await fresh(t)
      if (content) await writeFile(join(directory, file), content)
      else await rm(join(directory, file))
      const work = openLayout(directory).then((store) => store.tags())
      await assert.rejects(work, { code: registryErrors.LAYOUT_INVALID.code })
    })

  it('any index.json is read or refused with a code, never anything else', async (t) => {
    const { directory, store } = await fresh(t)
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        await writeFile(join(directory, 'index.json'), text)
        await store.tags().catch((error: { code?: string }) => assert.equal(error.code, 'LAYOUT_INVALID'))
      }),
      { numRuns: 60 },
    )
  })
})
