import { fail, isFailure, isObject, parseJson } from '../base/index.ts'
import { assessmentErrors, chainTag } from '../assessment/index.ts'
import { digestOf, parseManifest, parseRepository } from '../oci/index.ts'
import { readBlob, resolve } from '../registry/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import { connect } from '../wiring/images.ts'
import { demoErrors } from './errors.ts'
import type { Narrator } from './narrator.ts'
import type { World } from './world.ts'

const CHAIN = chainTag('prod')
const MAX = 1024 * 1024

/**
 * Somebody with write access to the production registry, and without our keys, rewrites prod's newest record: it now
 * says that mallory approved. The registry takes it; Waybill does not. Everything is put back afterwards.
 */
export async function tamper(digest: string, world: World, tell: Narrator, signal: AbortSignal) {
  await tell.chapter(
    'A changed record',
    'Somebody with write access to the registry edits the newest promotion record.',
  )
  const client = connect({ env: world.env, signal }, new Set())
  const store = client.repository(parseRepository(`${world.registries.prod.address}/ordersvc`))
  const good = await resolve(store, CHAIN)
  const forged = await forge(store, good)
  await tell.say(`${CHAIN} now points at a record in which mallory@contoso.example approved.`)
  const found = await detect(digest, world, tell)
  await store.putTag(CHAIN, good, forged.descriptor.digest)
  await store.deleteManifest(forged.descriptor.digest)
  await tell.run(
    `waybill verify ${store.location}:1.4.0`,
    () => verify(store, world),
    ({ result, checks }) => {
      return `${result === 'pass' ? 'Verified' : 'Not verified'} again after the good record was put back: ${checks.length} checks.`
    },
  )
  await client.close()
  return {
    what: 'The approver in the newest production record was replaced, and the tag moved to the copy.',
    found,
  }
}

async function forge(store: ImageStore, good: StoredManifest): Promise<StoredManifest> {
  const layer = good.manifest.kind === 'manifest' ? good.manifest.layers[0] : undefined
  if (!layer) throw fail(demoErrors.DEMO_UNEXPECTED, 'The record has no layer.')
  const bytes = forgeBundle(await readBlob(store, layer, MAX))
  const blob = { ...layer, digest: digestOf(bytes), size: bytes.length }
  await store.putBlob(blob, async () => once(bytes))
  const text = good.bytes
    .toString('utf8')
    .replace(layer.digest, blob.digest)
    .replace(`"size":${layer.size}`, `"size":${blob.size}`)
  const forged = asManifest(Buffer.from(text), good.descriptor.mediaType)
  await store.putManifest(forged)
  await store.putTag(CHAIN, forged, good.descriptor.digest)
  return forged
}

function forgeBundle(bytes: Buffer): Buffer {
  const bundle = parseJson(bytes, 'record')
  const envelope = isObject(bundle) && isObject(bundle.dsseEnvelope) ? bundle.dsseEnvelope : {}
  const payload = Buffer.from(String(envelope.payload), 'base64').toString('utf8')
  envelope.payload = Buffer.from(
    payload.replaceAll('alice@contoso.example', 'mallory@contoso.example'),
  ).toString('base64')
  return Buffer.from(JSON.stringify(bundle))
}

function asManifest(bytes: Buffer, mediaType: string): StoredManifest {
  const manifest = parseManifest(bytes, mediaType, 'record')
  return { bytes, manifest, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } }
}

async function detect(digest: string, world: World, tell: Narrator): Promise<string> {
  const question = { application: 'ordersvc', environment: 'prod' }
  const error: unknown = await world.workspace.history(question).then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!isFailure(error, assessmentErrors.RECORD_INVALID))
    throw fail(demoErrors.DEMO_UNEXPECTED, `The changed record of ${digest} was not noticed.`)
  await tell.say(`waybill history ordersvc prod → ${error.code}: ${error.message}`, 'refused')
  return error.message
}

async function verify(store: ImageStore, world: World) {
  return world.workspace.verify({ reference: `${store.location}:1.4.0` })
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
