import { makePlaceStatement, predicateTypes } from '../../src/attestation/index.ts'
import type { PredicateName } from '../../src/attestation/index.ts'
import { digestOf, emptyConfig, manifestBytes, mediaTypes } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import { attachArtifact } from '../../src/registry/index.ts'
import type { StoredManifest } from '../../src/registry/index.ts'
import { readPrivateKey, signStatement } from '../../src/signing/index.ts'
import { APP } from './road.ts'
import type { Road } from './road.ts'

/** A statement about a place, signed with any key, asking nobody. */
export interface Order {
  readonly type?: PredicateName
  readonly predicate: object
  readonly key: string
  /** The place it is signed for. Default: where it is put. */
  readonly application?: string
  readonly environment?: string
}

/** Adds orders, or any bytes, to the list of an environment by hand, as whoever may push could. */
export async function putOrders(
  road: Road,
  environment: string,
  ...orders: readonly (Order | Buffer)[]
): Promise<void> {
  const store = road.store(environment)
  const before = await standingManifest(road, environment)
  const layers: Descriptor[] = before?.manifest.kind === 'manifest' ? [...before.manifest.layers] : []
  const blobs: { descriptor: Descriptor; bytes: Buffer }[] = [emptyConfig]
  for (const order of orders) {
    const bytes = Buffer.isBuffer(order) ? order : await signed(road, environment, order)
    const descriptor = { mediaType: mediaTypes.sigstoreBundle, digest: digestOf(bytes), size: bytes.length }
    layers.push(descriptor)
    blobs.push({ descriptor, bytes })
  }
  const manifest = manifestBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: mediaTypes.standingOrders,
    config: emptyConfig.descriptor,
    layers,
  })
  const stored = await attachArtifact(store, { manifest, mediaType: mediaTypes.ociManifest, blobs })
  await store.putTag(`standing.${environment}`, stored)
}

async function signed(road: Road, environment: string, order: Order): Promise<Buffer> {
  const { type = 'hold', predicate, key, application = APP } = order
  const place = { application, environment: order.environment ?? environment }
  const statement = makePlaceStatement(place, predicateTypes[type], predicate)
  const signer = await readPrivateKey(road.privateKey(key), undefined, key)
  return (await signStatement(statement, signer)).bytes
}

/** The list as it is, to be put back later: a replay. */
export function standingManifest(road: Road, environment: string): Promise<StoredManifest | undefined> {
  return road.store(environment).manifest(`standing.${environment}`)
}

export async function restore(road: Road, environment: string, manifest: StoredManifest): Promise<void> {
  await road.store(environment).putTag(`standing.${environment}`, manifest)
}
