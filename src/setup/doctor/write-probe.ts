import { randomUUID } from 'node:crypto'
import { isFailure, WaybillError } from '../../base/index.ts'
import {
  digestOf,
  emptyConfig,
  formatRepository,
  manifestBytes,
  mediaTypes,
  parseManifest,
} from '../../oci/index.ts'
import type { Descriptor, Repository } from '../../oci/index.ts'
import { registryErrors } from '../../registry/index.ts'
import type { ImageStore, StoredManifest } from '../../registry/index.ts'
import type { Finding } from '../doctor-answer.ts'
import type { Patient } from './patient.ts'

const ARTIFACT_TYPE = 'application/vnd.waybill.doctor.v1+json'

/**
 * Puts a small artifact into a repository, tags it, hangs another on it, mounts a blob elsewhere, and removes all of
 * it: what a promotion will do there. What stays behind where nothing may be deleted is said.
 */
export async function tryWriting(
  store: ImageStore,
  other: Repository | undefined,
  { wired, signal }: Patient,
): Promise<readonly Finding[]> {
  const what = store.location
  const told = (result: Finding['result'], found: string, fix?: string): Finding => ({
    group: 'registries',
    what,
    result,
    found,
    ...(fix !== undefined && { fix }),
  })
  const mark = Buffer.from(JSON.stringify({ waybill: 'doctor', run: randomUUID() }))
  const blob = { mediaType: 'application/json', digest: digestOf(mark), size: mark.length }
  try {
    await store.putBlob(blob, () => Promise.resolve(once(mark)), { signal })
    await store.putBlob(emptyConfig.descriptor, () => Promise.resolve(once(emptyConfig.bytes)), { signal })
    const image = artifact(blob, undefined, what)
    await store.putManifest(image)
    const tag = `waybill-doctor-${randomUUID().slice(0, 8)}`
    await store.putTag(tag, image, 'absent')
    const second = artifact(blob, image.descriptor, what)
    await store.putManifest(second)
    const isListed = (await store.referrers(image.descriptor.digest)).some(
      ({ digest }) => digest === second.descriptor.digest,
    )
    const findings = [
      told('ok', 'Lets us push and tag.'),
      isListed
        ? told('ok', 'Finds what hangs on an image.')
        : told(
            'problem',
            'Does not list what was hung on an image.',
            'Evidence could not be found there: report it to whoever runs the registry.',
          ),
      await conflict(store, tag, second, told),
      ...(other === undefined ? [] : [await mounting(store, other, blob, mark, wired.client, told)]),
    ]
    return [...findings, await removal(store, tag, [second, image], told)]
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error
    return [told('problem', error.message, error.next)]
  }
}

type Tell = (result: Finding['result'], found: string, fix?: string) => Finding

function artifact(layer: Descriptor, subject: Descriptor | undefined, where: string): StoredManifest {
  const bytes = manifestBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: ARTIFACT_TYPE,
    config: emptyConfig.descriptor,
    layers: [layer],
    ...(subject && { subject }),
  })
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length }
  return { descriptor, bytes, manifest: parseManifest(bytes, mediaTypes.ociManifest, where) }
}

/** A second writer must be told: else two promotions at once could not see each other. */
async function conflict(
  store: ImageStore,
  tag: string,
  second: StoredManifest,
  told: Tell,
): Promise<Finding> {
  try {
    await store.putTag(tag, second, 'absent')
  } catch (error) {
    if (isFailure(error, registryErrors.TAG_CONFLICT))
      return told('ok', 'A tag that is there is not overwritten.')
    throw error
  }
  return told(
    'warning',
    'A tag that is there was overwritten without a word.',
    'Run promotions of one environment one after another.',
  )
}

async function mounting(
  store: ImageStore,
  other: Repository,
  blob: Descriptor,
  bytes: Buffer,
  client: Patient['wired']['client'],
  told: Tell,
): Promise<Finding> {
  const how = await client.repository(other).putBlob(blob, () => Promise.resolve(once(bytes)), {
    expectAbsent: true,
    ...(store.repository && { mountFrom: store.repository }),
  })
  const name = formatRepository(other)
  return how === 'sent'
    ? told(
        'warning',
        `Blobs are sent again to ${name}, not mounted.`,
        'Copies there take longer; the account needs to read here and write there.',
      )
    : told('ok', `Blobs are mounted into ${name}.`)
}

async function removal(
  store: ImageStore,
  tag: string,
  manifests: readonly StoredManifest[],
  told: Tell,
): Promise<Finding> {
  const gone = [await store.deleteTag(tag)]
  for (const { descriptor } of manifests) gone.push(await store.deleteManifest(descriptor.digest))
  return gone.slice(1).every(Boolean)
    ? told('ok', 'Lets us delete.')
    : told(
        'warning',
        `Does not let us delete: the tag ${tag} is left behind.`,
        'Needed only for waybill ci clean and waybill repair.',
      )
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}
