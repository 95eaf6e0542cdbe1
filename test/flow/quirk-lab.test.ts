import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { after, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { profiles } from '../../src/embedded/index.ts'
import type { ProfileChoice } from '../../src/embedded/index.ts'
import { WaybillError } from '../../src/base/index.ts'
import { childrenOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { copyClosure, readBlob } from '../../src/registry/index.ts'
import type { CopyReport, ImageStore } from '../../src/registry/index.ts'
import { putIndex, putReferrer } from '../support/images.ts'
import { embeddedRegistry, labClient, repositoryAt, temporaryDirectory } from '../support/registries.ts'
import type { Cleanup } from '../support/registries.ts'

/** Where the quirky registry stands: at one end, or at both, as two repositories of it. */
type Place = 'destination' | 'source' | 'both'

/** How a copy ends: as between two honest registries, or with an error of one side, `<side> <code>`. */
type Ending = 'same' | `${'source' | 'destination'} ${string}`

interface Row {
  readonly profile: ProfileChoice
  /** Default same. */
  readonly destination?: Ending
  /** Default same. */
  readonly source?: Ending
  /** Default: not tried; it matters where mounting does. */
  readonly both?: Ending
  /** A second run of what ended the same. Default same. */
  readonly again?: Ending
  /** Bytes of each layer. Default 200. */
  readonly layers?: number
}

const repositories = ['app', 'copy']
const MISMATCH = 'source DIGEST_MISMATCH'
const rows: readonly Row[] = [
  { profile: { name: 'ghcr', elsewhere: 'http://127.0.0.1:9' } },
  { profile: 'gitlab' },
  { profile: 'quay', both: 'same' },
  { profile: 'harbor', both: 'same' },
  {
    profile: { name: 'harbor', policy: true },
    source: 'source REGISTRY_REFUSED',
    again: 'destination REGISTRY_REFUSED',
  },
  { profile: { name: 'acr', bodyLimit: 1_500_000, busyEvery: 3, retryAfter: 0 }, layers: 2_000_000 },
  { profile: { name: 'ecr', repositories } },
  { profile: { name: 'ecr', repositories, immutableTags: false }, both: 'same' },
  { profile: { name: 'ecr', repositories, immutableTags: false, mounting: true }, both: 'same' },
  { profile: 'ecr', destination: 'destination REPOSITORY_MISSING' },
  { profile: 'hub', both: 'same' },
  {
    profile: { name: 'hub', pulls: 0 },
    source: 'source REGISTRY_FAILED',
    destination: 'destination REGISTRY_FAILED',
  },
  { profile: 'gar' },
  { profile: 'artifactory' },
  { profile: 'nexus' },
  { profile: 'distribution2', both: 'same' },
  { profile: 'zot', both: 'same' },
  { profile: 'no-referrers' },
  { profile: 'permissive' },
  { profile: 'conditions-ignored' },
  { profile: { name: 'slow', latency: 2, bytesPerSecond: 5_000_000 } },
  { profile: { name: 'lossy', dropEvery: 5, cutAt: 20_000 }, both: 'same', layers: 80_000 },
  {
    profile: { name: 'lying', about: ['digest'] },
    source: MISMATCH,
    destination: 'destination COPY_INCOMPLETE',
  },
  { profile: { name: 'lying', about: ['bytes'] }, source: MISMATCH, again: 'destination DIGEST_MISMATCH' },
  { profile: { name: 'lying', about: ['length'] }, source: MISMATCH, again: 'destination DIGEST_MISMATCH' },
  { profile: { name: 'lying', about: ['tags'] } },
  { profile: { name: 'rate-limited', burst: 20, rate: 100 } },
  { profile: { name: 'rate-limited', burst: 20, rate: 100, retryAfter: 'date' } },
]

interface Seed {
  readonly root: string
  readonly digest: Digest
  readonly referrers: readonly Digest[]
}

const works: (() => Promise<void> | void)[] = []
/** Seeds outlive the test that needed them first. */
const cleanup: Cleanup = { after: (work) => works.unshift(work) }
after(async () => {
  for (const work of works) await work()
})

/** An index with two platforms and two referrers, listed by the API and under the fallback tag. */
async function seed(layerBytes: number): Promise<Seed> {
  const root = await temporaryDirectory(cleanup)
  const store = repositoryAt(cleanup, await embeddedRegistry(cleanup, { root, referrersApi: false }), 'app')
  const { descriptor } = await putIndex(store, { layers: 1, layerBytes })
  const one = await putReferrer(store, descriptor, 'one')
  const two = await putReferrer(store, descriptor, 'two')
  const referrers = [one, two].map((referrer) => referrer.descriptor.digest).toSorted()
  return { root, digest: descriptor.digest, referrers }
}

/** Both ends of a copy, the quirks at the place asked for; `disk` is where the destination keeps things. */
async function ends(t: TestContext, { root }: Seed, { profile }: Row, place: Place) {
  const [fromDisk, toDisk] = [await temporaryDirectory(t), await temporaryDirectory(t)]
  await cp(root, fromDisk, { recursive: true })
  const quirks = (at: Place) => (place === at || place === 'both' ? { profile } : {})
  const from = await embeddedRegistry(t, { root: fromDisk, ...quirks('source') })
  const to = place === 'both' ? from : await embeddedRegistry(t, { root: toDisk, ...quirks('destination') })
  return { from, to, disk: place === 'both' ? fromDisk : toDisk }
}

async function endingOf(copy: Promise<CopyReport>): Promise<{ ending: string; report?: CopyReport }> {
  try {
    return { ending: 'same', report: await copy }
  } catch (error) {
    assert.ok(error instanceof WaybillError, String(error))
    return { ending: `${String(error.detail.side)} ${error.code}` }
  }
}

/** Reads every manifest and blob, which are hashed on the way. */
async function readAll(store: ImageStore, digest: Digest): Promise<void> {
  const stored = await store.manifest(digest)
  assert.ok(stored, `manifest ${digest} is not there`)
  const isIndex = stored.manifest.kind === 'index'
  for (const child of childrenOf(stored.manifest))
    await (isIndex ? readAll(store, child.digest) : readBlob(store, child, 10_000_000))
}

function labelOf({ profile }: Row): string {
  if (typeof profile === 'string') return profile
  const { name, ...settings } = profile
  return `${name} ${JSON.stringify(settings).replaceAll(/[{}"]/g, '')}`
}

function endingsOf({ destination = 'same', source = 'same', both }: Row): readonly [Place, Ending][] {
  return [
    ['destination', destination],
    ['source', source],
    ...(both ? [['both', both] as [Place, Ending]] : []),
  ]
}

async function checkWhole(honest: ImageStore, { digest, referrers }: Seed): Promise<void> {
  assert.equal((await honest.head('v1'))?.digest, digest)
  for (const each of [digest, ...referrers]) await readAll(honest, each)
}

describe('quirk lab: a copy ends the same way, or says which side failed', { concurrency: 4 }, () => {
  const seeds = new Map<number, Promise<Seed>>()
  for (const row of rows)
    for (const [place, expected] of endingsOf(row))
      it(`${labelOf(row)} at ${place}: ${expected}`, async (t) => {
        const { layers = 200 } = row
        const seeded = await (seeds.get(layers) ?? seeds.set(layers, seed(layers)).get(layers))!
        const { from, to, disk } = await ends(t, seeded, row, place)
        const copy = () => {
          const client = labClient(t)
          const source = repositoryAt(t, from, 'app', client)
          const destination = repositoryAt(t, to, 'copy', client)
          return endingOf(copyClosure({ source, destination, root: seeded.digest, tags: ['v1'] }))
        }
        const first = await copy()
        assert.equal(first.ending, expected)
        const honest = repositoryAt(t, await embeddedRegistry(t, { root: disk }), 'copy')
        if (expected !== 'same') {
          assert.ok(!(await honest.tags()).includes('v1'), 'nothing is tagged')
          return
        }
        assert.deepEqual(first.report?.carried, seeded.referrers)
        await checkWhole(honest, seeded)
        const found = (await repositoryAt(t, to, 'copy').referrers(seeded.digest)).map(({ digest }) => digest)
        assert.deepEqual(found.toSorted(), seeded.referrers)
        const again = await copy()
        assert.equal(again.ending, place === 'destination' ? (row.again ?? 'same') : 'same')
        assert.deepEqual(again.report?.moved ?? [], [], 'a second run moves nothing')
        await checkWhole(honest, seeded)
      })

  it('has a row for every profile', () => {
    const named = rows.map(({ profile }) => (typeof profile === 'string' ? profile : profile.name))
    assert.deepEqual([...new Set(named)].toSorted(), Object.keys(profiles).toSorted())
  })
})
