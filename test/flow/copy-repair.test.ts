import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import type { Step } from '../../src/base/index.ts'
import { childrenOf, digestOf, emptyConfig, mediaTypes } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import { attachArtifact, copyClosure, missingContent, openLayout, treeOf } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { RegistryMemory } from '../../src/registry/memory/registry-memory.ts'
import {
  blobOf,
  putImage,
  putIndex,
  putLegacySignature,
  putReferrer,
  storedManifest,
} from '../support/images.ts'
import {
  embeddedRegistry,
  labClient,
  repositoryAt,
  requestCount,
  temporaryDirectory,
} from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'

async function pair(
  t: TestContext,
  options: { readonly referrersApi?: boolean; readonly sparse?: boolean } = {},
) {
  const [from, to] = [await embeddedRegistry(t, options), await embeddedRegistry(t, options)]
  return { from, to, source: repositoryAt(t, from, 'app'), destination: repositoryAt(t, to, 'app') }
}

async function layout(t: TestContext): Promise<ImageStore> {
  return openLayout(await temporaryDirectory(t), { create: true })
}

/** Requests by method since `start`, e.g. `{ GET: 3 }`. */
function countedSince(lab: LabRegistry, start: number): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { method } of lab.requests.slice(start)) counts[method] = (counts[method] ?? 0) + 1
  return counts
}

async function listed(store: ImageStore, subject: Descriptor): Promise<readonly string[]> {
  return (await store.referrers(subject.digest)).map(({ digest }) => digest).toSorted()
}

describe('test/flow/copy-repair: what is there already', () => {
  it('a complete image is left alone: nothing is written, no blob is read', async (t) => {
    const { from, to, source, destination } = await pair(t)
    const index = await putIndex(source)
    const root = index.descriptor.digest
    await copyClosure({ source, destination, root })
    const [atSource, atDestination] = [await requestCount(from), await requestCount(to)]
    const report = await copyClosure({ source, destination, root, referrers: false })
    await requestCount(to)
    assert.deepEqual(countedSince(from, atSource), {}, 'the source is not even asked')
    assert.deepEqual(countedSince(to, atDestination), { GET: 1 })
    assert.deepEqual([report.manifests, report.blobs, report.requests], [0, 0, 1])
    const deep = await copyClosure({ source, destination, root, referrers: false, verify: 'deep' })
    await requestCount(to)
    assert.deepEqual(countedSince(from, atSource), {}, 'the source is not even asked')
    assert.deepEqual(countedSince(to, atDestination), { GET: 1 + 3, HEAD: 6 })
    assert.deepEqual([deep.manifests, deep.blobs], [0, 0])
  })

  it('within one repository nothing is moved', async (t) => {
    const { source } = await pair(t)
    const index = await putIndex(source)
    const evidence = await putReferrer(source, index.descriptor, 'evidence')
    const onChild = await putReferrer(source, childrenOf(index.manifest)[1]!, 'on a platform')
    const report = await copyClosure({ source, destination: source, root: index.descriptor.digest })
    assert.deepEqual(
      [report.manifests, report.blobs, report.mounted, report.carried],
      [0, 0, 0, [evidence, onChild].map(({ descriptor }) => descriptor.digest).toSorted()],
    )
  })

  it('a present index with a missing child or blob is repaired', async (t) => {
    const { source, to } = await pair(t, { sparse: true })
    const index = await putIndex(source)
    const broken = repositoryAt(t, to, 'broken')
    await broken.putManifest(index)
    const [child] = childrenOf(index.manifest)
    const stored = await source.manifest(child!.digest)
    await broken.putManifest(stored!)
    const root = index.descriptor.digest
    const trusting = await copyClosure({ source, destination: broken, root })
    assert.deepEqual([trusting.manifests, trusting.blobs], [0, 0], 'the registry is taken at its word')
    const report = await copyClosure({ source, destination: broken, root, verify: 'deep' })
    assert.equal(report.manifests, 1)
    assert.equal(report.blobs, 6)
    const tree = await treeOf(broken, root)
    for (const node of tree.root.children)
      for (const blob of [node.config!, ...node.layers]) assert.equal(await broken.hasBlob(blob), true)
  })

  it('a copy that failed half way is finished by the next', async (t) => {
    const { to, source, destination } = await pair(t)
    const index = await putIndex(source, { layers: 4 })
    const root = index.descriptor.digest
    let allowed = 4
    to.fault = ({ method }) => (method === 'POST' && allowed-- <= 0 ? { status: 400, body: '{}' } : undefined)
    await assert.rejects(copyClosure({ source, destination, root }))
    assert.equal(await destination.manifest(root), undefined)
    to.fault = undefined
    await copyClosure({ source, destination, root })
    assert.deepEqual(await missingContent(destination, root), [])
    assert.ok(await destination.manifest(root))
  })

  it('a repository that is new is not asked about blobs', async (t) => {
    const { to, source, destination } = await pair(t)
    const index = await putIndex(source, { layers: 12 })
    await copyClosure({ source, destination, root: index.descriptor.digest })
    await requestCount(to)
    assert.ok(to.requests.every(({ method }) => method !== 'HEAD'))
  })

  it('tags are set last, several at once where the registry can', async (t) => {
    const { to, source, destination } = await pair(t)
    const index = await putIndex(source)
    const root = index.descriptor.digest
    const tags = ['1.4.0', '1.4', '1']
    await copyClosure({ source, destination, root, tags, referrers: false })
    await requestCount(to)
    const writes = to.requests.filter(({ path }) => path.includes('/manifests/')).map(({ path }) => path)
    assert.equal(writes.at(-1), `/v2/app/manifests/${root}?tag=1.4.0&tag=1.4&tag=1`)
    assert.equal(writes.filter((path) => path.includes(root)).length, 2, 'asked once, written once')
    for (const tag of tags) assert.equal((await destination.head(tag))?.digest, root)
  })

  it('a tag that was right when last seen is asked for first: one request, if it is right still', async (t) => {
    const { from, to, source } = await pair(t)
    const index = await putIndex(source)
    const root = index.descriptor.digest
    const directory = await temporaryDirectory(t)
    const copy = async () => {
      const client = labClient(t, { memory: new RegistryMemory(directory) })
      const destination = repositoryAt(t, to, 'app', client)
      const report = await copyClosure({ source, destination, root, tags: ['v1'], referrers: false })
      await client.close()
      return report.requests
    }
    await copy()
    const [before, beforeTo] = [await requestCount(from), await requestCount(to)]
    assert.equal(await copy(), 1)
    assert.deepEqual([(await requestCount(from)) - before, (await requestCount(to)) - beforeTo], [0, 1])
    const other = await putIndex(repositoryAt(t, to, 'app'), { seed: 'other' }, 'v1')
    assert.equal((await repositoryAt(t, to, 'app').head('v1'))?.digest, other.descriptor.digest)
    assert.ok((await copy()) > 1)
    assert.equal((await repositoryAt(t, to, 'app').head('v1'))?.digest, root, 'the memory decides nothing')
  })

  it('a big blob is mounted from where an earlier run put it', async (t) => {
    const { to, source } = await pair(t)
    const shape = { platforms: ['linux/amd64'], layers: 1, layerBytes: 1_200_000 }
    const index = await putIndex(source, shape)
    const root = index.descriptor.digest
    const directory = await temporaryDirectory(t)
    const copyTo = async (name: string) => {
      const client = labClient(t, { memory: new RegistryMemory(directory) })
      const report = await copyClosure({ source, destination: repositoryAt(t, to, name, client), root })
      await client.close()
      return report
    }
    assert.equal((await copyTo('one')).mounted, 0)
    assert.equal((await copyTo('two')).mounted, 1)
    assert.deepEqual(await missingContent(repositoryAt(t, to, 'two'), root), [])
  })

  it('a tag that must be new is never taken from another digest', async (t) => {
    const { to, source, destination } = await pair(t)
    const other = await putIndex(destination, { seed: 'other' }, '1.0')
    const index = await putIndex(source)
    const root = index.descriptor.digest
    const options = { source, destination, root, tags: ['1.0', 'latest'], newTags: ['1.0'] }
    await assert.rejects(copyClosure(options), { code: 'TAG_CONFLICT' })
    assert.equal((await destination.head('1.0'))?.digest, other.descriptor.digest)
    const elsewhere = repositoryAt(t, to, 'elsewhere')
    for (let run = 0; run < 2; run++) await copyClosure({ ...options, destination: elsewhere })
    assert.equal((await elsewhere.head('1.0'))?.digest, root)
  })

  it('a dry run writes nothing and says what a copy would', async (t) => {
    const { to, source, destination } = await pair(t)
    const index = await putIndex(source)
    await putReferrer(source, index.descriptor, 'evidence')
    const options = { source, destination, root: index.descriptor.digest, tags: ['v1'] }
    const plan = await copyClosure({ ...options, dryRun: true })
    await requestCount(to)
    assert.ok(to.requests.every(({ method }) => method === 'GET' || method === 'HEAD'))
    const report = await copyClosure(options)
    for (const key of ['manifests', 'blobs', 'bytes', 'mounted', 'referrers'] as const)
      assert.equal(plan[key], report[key], key)
  })

  it('a blob that many copies need travels once', async (t) => {
    const [from, to] = [await embeddedRegistry(t), await embeddedRegistry(t)]
    const [here, there] = [labClient(t), labClient(t)]
    const shape = { platforms: ['linux/amd64'], layers: 1, layerBytes: 200_000 }
    const first = repositoryAt(t, from, 'app-0', here)
    const image = await putIndex(first, shape)
    for (let i = 1; i < 6; i++)
      await copyClosure({
        source: first,
        destination: repositoryAt(t, from, `app-${i}`, here),
        root: image.descriptor.digest,
      })
    const reports = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        copyClosure({
          source: repositoryAt(t, from, `app-${i}`, here),
          destination: repositoryAt(t, to, `copy-${i}`, there),
          root: image.descriptor.digest,
        }),
      ),
    )
    const mounted = reports.reduce((sum, report) => sum + report.mounted, 0)
    assert.equal(mounted, 5, 'the layer was sent by one of them')
    for (let i = 0; i < 6; i++)
      assert.deepEqual(await missingContent(repositoryAt(t, to, `copy-${i}`), image.descriptor.digest), [])
  })

  it('a mount that is refused becomes an upload', async (t) => {
    const lab = await embeddedRegistry(t)
    const client = labClient(t)
    const source = repositoryAt(t, lab, 'dev/app', client)
    const destination = repositoryAt(t, lab, 'prod/app', client)
    const index = await putIndex(source)
    for (const status of [401, 403, 400, 405]) {
      lab.fault = ({ path }) => (path.includes('mount=') ? { status, body: '{}' } : undefined)
      const target = repositoryAt(t, lab, `prod/app-${status}`, client)
      const report = await copyClosure({ source, destination: target, root: index.descriptor.digest })
      assert.deepEqual([report.mounted, report.blobs], [0, 6])
    }
    lab.fault = undefined
    const report = await copyClosure({ source, destination, root: index.descriptor.digest })
    assert.deepEqual([report.mounted, report.blobs], [6, 0])
  })
})

describe('test/flow/copy-repair: referrers', () => {
  it('includeReferrer leaves some out; a referrer nobody lists there is written again', async (t) => {
    const { source, to, destination } = await pair(t, { referrersApi: false })
    const index = await putIndex(source)
    const root = index.descriptor.digest
    const evidence = await putReferrer(source, index.descriptor, 'evidence')
    await putReferrer(source, index.descriptor, 'record', 'application/vnd.example.record')
    const includeReferrer = ({ artifactType }: Descriptor) =>
      artifactType !== 'application/vnd.example.record'
    const report = await copyClosure({ source, destination, root, includeReferrer })
    assert.deepEqual(report.carried, [evidence.descriptor.digest])
    assert.deepEqual(await listed(destination, index.descriptor), [evidence.descriptor.digest])
    await destination.deleteTag(root.replace(':', '-'))
    assert.deepEqual(await listed(destination, index.descriptor), [])
    const again = await copyClosure({ source, destination, root, includeReferrer })
    assert.equal(again.manifests, 1)
    assert.deepEqual(await listed(destination, index.descriptor), [evidence.descriptor.digest])
    assert.ok(to.requests.length > 0)
  })

  it('what a list names falsely is not carried', async (t) => {
    const { source, destination } = await pair(t, { referrersApi: false })
    const index = await putIndex(source)
    const other = await putImage(source, 'linux/s390x', { seed: 'other' })
    const honest = await putReferrer(source, index.descriptor, 'honest')
    const gone = { mediaType: mediaTypes.ociManifest, digest: digestOf('gone'), size: 4 }
    const list = storedManifest({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [other.descriptor, honest.descriptor, childrenOf(index.manifest)[0], other.descriptor],
    })
    await source.putTag(index.descriptor.digest.replace(':', '-'), list)
    const steps: Step[] = []
    const report = await copyClosure({
      source: { ...bound(source), referrers: async (d) => [...(await source.referrers(d)), gone] },
      destination,
      root: index.descriptor.digest,
      onStep: (step) => steps.push(step),
    })
    assert.deepEqual(report.carried, [honest.descriptor.digest])
    assert.equal(await destination.manifest(other.descriptor.digest), undefined)
    assert.ok(steps.some((step) => step.kind === 'warning' && step.message.includes(gone.digest)))
    assert.equal((await treeOf(destination, index.descriptor.digest)).root.children.length, 2)
  })

  it('a fallback tag that is the image itself (GitLab) lists nothing', async (t) => {
    const { source } = await pair(t, { referrersApi: false })
    const index = await putIndex(source)
    await source.putTag(index.descriptor.digest.replace(':', '-'), index)
    assert.deepEqual(await source.referrers(index.descriptor.digest), [])
    const evidence = await putReferrer(source, index.descriptor, 'evidence')
    assert.deepEqual(await listed(source, index.descriptor), [evidence.descriptor.digest])
  })

  it('many referrers at once, from two clients, are all in the fallback tag', async (t) => {
    const lab = await embeddedRegistry(t, { referrersApi: false })
    const index = await putIndex(repositoryAt(t, lab, 'app'))
    const writers = [repositoryAt(t, lab, 'app'), repositoryAt(t, lab, 'app')]
    const start = await requestCount(lab)
    const put = await Promise.all(
      Array.from({ length: 12 }, (_, i) => putReferrer(writers[i % 2]!, index.descriptor, `evidence ${i}`)),
    )
    const expected = put.map(({ descriptor }) => descriptor.digest).toSorted()
    assert.deepEqual(await listed(repositoryAt(t, lab, 'app'), index.descriptor), expected)
    await requestCount(lab)
    const tagWrites = lab.requests
      .slice(start)
      .filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/sha256-'))
    assert.ok(tagWrites.length < 12, `${tagWrites.length} writes: they are put together`)
  })

  it('a referrer that was deleted but is still listed does not keep others from being attached', async (t) => {
    const { source, from } = await pair(t, { referrersApi: false })
    const index = await putIndex(source)
    const deleted = await putReferrer(source, index.descriptor, 'deleted')
    const kept = await putReferrer(source, index.descriptor, 'kept')
    // Behind our back, so that the list still names it.
    const url = `http://${from.address}/v2/app/manifests/${deleted.descriptor.digest}`
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 202)
    const added = await putReferrer(source, index.descriptor, 'added')
    const expected = [kept, added].map(({ descriptor }) => descriptor.digest).toSorted()
    assert.deepEqual(await listed(source, index.descriptor), expected)
  })

  it('a referrer that another writer drops from the fallback tag is written again', async (t) => {
    const { source, to, destination } = await pair(t, { referrersApi: false })
    const index = await putIndex(source)
    const tag = index.descriptor.digest.replace(':', '-')
    const evidence = await putReferrer(source, index.descriptor, 'evidence')
    // The tag reads right after our write, and is gone when the copy looks again.
    let dropped: Promise<boolean> | undefined
    let written = false
    to.fault = ({ method, path }) => {
      written ||= method === 'HEAD' && path.endsWith(tag)
      if (dropped || !written || method !== 'GET' || !path.endsWith(index.descriptor.digest)) return undefined
      dropped = repositoryAt(t, to, 'app').deleteTag(tag)
      return { delay: 300 }
    }
    const report = await copyClosure({
      source,
      destination,
      root: index.descriptor.digest,
      verify: 'deep',
    })
    assert.equal(await dropped, true)
    assert.deepEqual(report.carried, [evidence.descriptor.digest])
    assert.deepEqual(await listed(destination, index.descriptor), [evidence.descriptor.digest])
  })

  it('a deleted referrer is listed no longer', async (t) => {
    for (const referrersApi of [true, false]) {
      const { source } = await pair(t, { referrersApi })
      const index = await putIndex(source)
      const [gone, kept] = [
        await putReferrer(source, index.descriptor, 'gone'),
        await putReferrer(source, index.descriptor, 'kept'),
      ]
      assert.equal(await source.deleteManifest(gone.descriptor.digest), true)
      assert.deepEqual(await listed(source, index.descriptor), [kept.descriptor.digest])
      assert.equal(await source.deleteManifest(gone.descriptor.digest), false)
    }
  })

  it('legacy signatures: the larger set wins, two that differ are left alone with a warning', async (t) => {
    const { source, destination } = await pair(t)
    const index = await putIndex(source)
    const root = index.descriptor.digest
    const tag = `${root.replace(':', '-')}.sig`
    await putLegacySignature(source, index.descriptor, ['a'])
    await copyClosure({ source, destination, root })
    const both = await putLegacySignature(source, index.descriptor, ['a', 'b'])
    await copyClosure({ source, destination, root })
    assert.equal((await destination.head(tag))?.digest, both.descriptor.digest)
    await putLegacySignature(source, index.descriptor, ['a'])
    await copyClosure({ source, destination, root })
    assert.equal((await destination.head(tag))?.digest, both.descriptor.digest)
    await putLegacySignature(source, index.descriptor, ['c'])
    const steps: Step[] = []
    await copyClosure({ source, destination, root, onStep: (step) => steps.push(step) })
    assert.equal((await destination.head(tag))?.digest, both.descriptor.digest)
    assert.ok(steps.some((step) => step.kind === 'warning' && step.code === 'TAG_CONFLICT'))
  })
})

describe('test/flow/copy-repair: unusual content', () => {
  it('nested indexes, artifacts without layers, shared and foreign layers', async (t) => {
    const { source, destination } = await pair(t, { sparse: true })
    const inner = await putIndex(source)
    const artifact = await attachArtifact(source, {
      mediaType: mediaTypes.ociManifest,
      blobs: [{ descriptor: emptyConfig.descriptor, bytes: emptyConfig.bytes }],
      manifest: storedManifest({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        artifactType: 'application/vnd.example',
        config: emptyConfig.descriptor,
        layers: [],
      }).bytes,
    })
    const layer = blobOf(Buffer.from('windows'), 'application/vnd.oci.image.layer.nondistributable.v1.tar')
    const foreign = await attachArtifact(source, {
      mediaType: mediaTypes.ociManifest,
      blobs: [{ descriptor: emptyConfig.descriptor, bytes: emptyConfig.bytes }],
      manifest: storedManifest({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: emptyConfig.descriptor,
        layers: [{ ...layer.descriptor, urls: ['https://example.com/base'] }],
      }).bytes,
    })
    const outer = storedManifest({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [inner, artifact, foreign].map(({ descriptor }) => descriptor),
    })
    await source.putManifest(outer)
    const report = await copyClosure({ source, destination, root: outer.descriptor.digest })
    assert.equal(report.manifests, 6)
    assert.equal(report.blobs, 7, 'the empty config travels once, the foreign layer not at all')
    const disk = await layout(t)
    await copyClosure({ source: destination, destination: disk, root: outer.descriptor.digest })
    assert.deepEqual((await disk.manifest(outer.descriptor.digest))?.bytes, outer.bytes)
  })

  it('a descriptor in an index that lies about its child is refused', async (t) => {
    const { source, destination } = await pair(t, { sparse: true })
    const child = await putImage(source, 'linux/amd64')
    for (const [lie, code] of [
      [{ size: child.descriptor.size + 1 }, 'SIZE_MISMATCH'],
      [{ mediaType: mediaTypes.dockerManifest }, 'MEDIA_TYPE_CONFUSION'],
    ] as const) {
      const index = storedManifest({
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        manifests: [{ ...child.descriptor, ...lie }],
      })
      await source.putManifest(index)
      await assert.rejects(copyClosure({ source, destination, root: index.descriptor.digest }), { code })
    }
  })

  it('progress adds up', async (t) => {
    const { source, destination } = await pair(t)
    const index = await putIndex(source, { layerBytes: 200_000 })
    const done = new Map<string, number>()
    const report = await copyClosure({
      source,
      destination,
      root: index.descriptor.digest,
      onStep: (step) => {
        if (step.kind !== 'blob') return
        assert.ok(step.done >= (done.get(step.digest) ?? 0) && step.done <= step.size)
        done.set(step.digest, step.done)
      },
    })
    assert.equal(
      [...done.values()].reduce((sum, bytes) => sum + bytes, 0),
      report.bytes,
    )
  })
})

function bound(store: ImageStore): ImageStore {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(store)) as (keyof ImageStore)[]
  const methods = names.filter((name) => typeof store[name] === 'function')
  const entries = methods.map((name) => [name, (store[name] as (...a: unknown[]) => unknown).bind(store)])
  return { location: store.location, repository: store.repository, ...Object.fromEntries(entries) }
}
