import type { Evidence } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import { walkChain } from './chain.ts'
import type { ChainPlace, ChainRecord } from './chain.ts'
import { collect } from './collect.ts'
import type { Collected } from './collect.ts'
import { fresh, kept } from './reading.ts'
import type { Reading } from './reading.ts'
import { circumstances, verifyAll } from './verify.ts'

/** Where evidence and chains are read. */
export interface Reader {
  /** Everything signed about a digest in one store, judged under a trust policy at a time. */
  evidence(store: ImageStore, digest: Digest, trust: TrustPolicy, now: Date): Promise<Evidence>
  /** A verified chain whole, newest first. @throws RECORD_INVALID, RECORD_CHAIN_BROKEN */
  chain(place: ChainPlace): Promise<readonly ChainRecord[]>
}

/** Reads what is there now, each time it is asked. */
export const freshReader: Reader = {
  evidence: (store, digest, trust, now) => evidenceOn(store, digest, trust, now),
  chain: (place) => Array.fromAsync(walkChain(place)),
}

/** Reads each image's evidence and each chain once, however many questions and points in time share them. */
export function rememberingReader(): Reader {
  const collected = new Map<string, Promise<Collected>>()
  const chains = new Map<string, Promise<readonly ChainRecord[]>>()
  const once = <T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>) => {
    const reading = known.get(key) ?? read()
    known.set(key, reading)
    return reading
  }
  return {
    evidence: async (store, digest, trust, now) => {
      const read = () => collect(store, digest, kept)
      return judge(await once(collected, `${store.location}@${digest}`, read), store, digest, trust, now)
    },
    chain: (place) => {
      const key = JSON.stringify([place.store.location, place.application, place.environment])
      return once(chains, key, () => freshReader.chain(place))
    },
  }
}

/** Everything signed about a digest in one store, judged under the trust policy. */
export async function evidenceOn(
  store: ImageStore,
  digest: Digest,
  trust: TrustPolicy,
  now: Date,
  read: Reading = fresh,
): Promise<Evidence> {
  return judge(await collect(store, digest, read), store, digest, trust, now)
}

function judge(
  { contents, unreadable }: Collected,
  store: ImageStore,
  digest: Digest,
  trust: TrustPolicy,
  now: Date,
): Evidence {
  const { valid, unusable } = verifyAll(contents, digest, trust, circumstances(store, now))
  return { valid, unusable: [...unusable, ...unreadable] }
}
