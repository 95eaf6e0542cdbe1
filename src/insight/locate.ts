import { isFailure } from '../base/index.ts'
import { walkChain } from '../assessment/index.ts'
import type { ChainRecord } from '../assessment/index.ts'
import { isDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { registryErrors, resolve } from '../registry/index.ts'
import { chainPlace } from '../promotion/index.ts'
import type { Parts, Stop } from '../promotion/index.ts'

/** An environment's verified chain, newest first. */
export interface Chain {
  readonly stop: Stop
  readonly records: readonly ChainRecord[]
}

/** Where in the digest graph a question's digest was found. */
export interface Located {
  readonly application: string
  /** The promoted digest (index or single manifest). */
  readonly digest: Digest
  readonly match: 'index' | 'platform' | 'config'
}

/** Reads every environment's chain of one application. @throws RECORD_* */
export async function chainsOf(application: string, parts: Parts): Promise<readonly Chain[]> {
  const stops = parts.environments().map((environment) => parts.stop(application, environment))
  return Promise.all(
    stops.map(async (stop) => ({ stop, records: await Array.fromAsync(walkChain(chainPlace(stop, parts))) })),
  )
}

/**
 * What a question means: a digest (with or without `docker-pullable://` or a repository before it), a full
 * reference, or a tag in one of the application's repositories. undefined = found nowhere.
 */
export async function digestMeant(
  query: string,
  application: string,
  parts: Parts,
): Promise<Digest | undefined> {
  const bare = query.replace(/^[a-z-]+:\/\//, '')
  const last = bare.slice(bare.lastIndexOf('@') + 1)
  if (isDigest(last)) return last
  for (const environment of parts.environments()) {
    const { store, name } = await parts.openImage(bare, parts.stop(application, environment).repository)
    const found = await store.head(name).catch(ignoreMissing)
    if (found) return (await resolve(store, found.digest)).descriptor.digest
  }
  return undefined
}

/** Matches a digest against the digest graphs of all records: index, then platform manifests, then configs. */
export function matchIn(chains: readonly Chain[], digest: Digest): Located | undefined {
  const records = chains.flatMap(({ records: each }) => each)
  const found = (match: Located['match'], holds: (record: ChainRecord) => boolean): Located | undefined => {
    const record = records.find(holds)
    return record && { application: record.predicate.application, digest: record.digest, match }
  }
  return (
    found('index', (record) => record.digest === digest) ??
    found('platform', (record) => record.predicate.platforms.some((p) => p.manifest === digest)) ??
    found('config', (record) => record.predicate.platforms.some((p) => p.config === digest))
  )
}

function ignoreMissing(error: unknown): undefined {
  if (isFailure(error, registryErrors.MANIFEST_MISSING)) return undefined
  throw error
}
