import { childrenOf, mediaTypes } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { resolve } from '../../src/registry/index.ts'
import type { CleanAnswer } from '../../src/retention/index.ts'
import { digestOf, manifestBytes, parseManifest } from '../../src/oci/index.ts'
import { APP } from './road.ts'
import type { About, Road } from './road.ts'

/** What a job of a pull request leaves: an image with signed provenance, tagged `git-…` and `pr-…`. */
export async function preview(road: Road, seed: string, number: number, about: About = {}): Promise<Digest> {
  const facts = { event: 'pull-request', branch: `refs/pull/${number}/merge`, ...about }
  const digest = await road.build(seed, facts)
  await name(road, `pr-${number}`, digest)
  return digest
}

/** Points a tag at an image, as anybody who may push could. */
export async function name(road: Road, tag: string, digest: Digest): Promise<void> {
  const store = road.store('dev')
  await store.putTag(tag, await resolve(store, digest))
}

/** Everything of an image: itself, its platforms, and what hangs on it. */
export async function everythingOf(road: Road, digest: Digest): Promise<readonly Digest[]> {
  const store = road.store('dev')
  const { manifest } = await resolve(store, digest)
  const children = childrenOf(manifest).filter((child) => child.mediaType === mediaTypes.ociManifest)
  const referrers = await store.referrers(digest)
  return [digest, ...[...children, ...referrers].map((one) => one.digest)]
}

/** Those of them that the repository still has. */
export async function leftOf(road: Road, digests: readonly Digest[]): Promise<readonly Digest[]> {
  const store = road.store('dev')
  const heads = await Promise.all(digests.map((digest) => store.head(digest)))
  return digests.filter((_, at) => heads[at])
}

/** Stores an index over these images under a tag, as a release of several might be. */
export async function bundle(road: Road, tag: string, digests: readonly Digest[]): Promise<Digest> {
  const store = road.store('dev')
  const manifests = await Promise.all(
    digests.map(async (digest) => (await resolve(store, digest)).descriptor),
  )
  const json = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }
  const bytes = manifestBytes(json)
  const digest = digestOf(bytes)
  const descriptor = { mediaType: json.mediaType, digest, size: bytes.length }
  await store.putManifest({ descriptor, bytes, manifest: parseManifest(bytes, json.mediaType, digest) })
  await name(road, tag, digest)
  return digest
}

/** `waybill ci clean ordersvc …`, as a process of its own. */
export async function clean(road: Road, ...words: readonly string[]) {
  const { code, stdout, stderr } = await road.cli(['ci', 'clean', APP, ...words, '-o', 'json'])
  const json = JSON.parse(stdout) as unknown
  return { code, answer: json as CleanAnswer, stdout, stderr }
}
