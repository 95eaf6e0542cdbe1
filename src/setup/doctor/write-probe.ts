import { isFailure, WaybillError } from '../../base/index.ts'
import { formatRepository } from '../../oci/index.ts'
import type { Repository } from '../../oci/index.ts'
import { registryErrors } from '../../registry/index.ts'
import type { ImageStore } from '../../registry/index.ts'
import type { Finding } from '../doctor-answer.ts'
import type { Patient } from './patient.ts'
import { isTrace, probeArtifact } from './probe-artifact.ts'
import type { ProbeArtifact } from './probe-artifact.ts'

type Tell = (result: Finding['result'], found: string, fix?: string) => Finding

/**
 * Puts a small artifact into a repository, tags it, hangs another on it, mounts a blob elsewhere, and removes all of
 * it, also after an error or an interrupt: what a promotion will do there. What stays behind is said.
 */
export async function tryWriting(
  place: Repository,
  other: Repository | undefined,
  patient: Patient,
): Promise<readonly Finding[]> {
  const store = patient.wired.client.repository(place)
  const told: Tell = (result, found, fix) => ({
    group: 'registries',
    what: store.location,
    result,
    found,
    ...(fix !== undefined && { fix }),
  })
  const artifact = probeArtifact(store.location)
  try {
    for (const { descriptor, bytes } of artifact.blobs)
      await store.putBlob(descriptor, () => Promise.resolve(once(bytes)))
  } catch (error) {
    // Blobs alone are nobody's: the registry sweeps them up.
    return [problem(error, told)]
  }
  const findings: Finding[] = []
  try {
    findings.push(...(await trials(store, artifact, told)))
    if (other) findings.push(await mounting(place, other, artifact, patient, told))
  } catch (error) {
    const { left, unknown } = await removal(place, artifact, patient)
    if (patient.signal.aborted) throw error
    findings.push(problem(error, told))
    return left.length > 0 ? [...findings, leftBehind('Stopped half way.', left, unknown, told)] : findings
  }
  return [...findings, deletion(await removal(place, artifact, patient), told)]
}

/** @throws what is no failure of Waybill's */
function problem(error: unknown, told: Tell): Finding {
  if (!(error instanceof WaybillError)) throw error
  return told('problem', error.message, error.next)
}

async function trials(
  store: ImageStore,
  { tag, image, referrer }: ProbeArtifact,
  told: Tell,
): Promise<readonly Finding[]> {
  await store.putManifest(image)
  await store.putTag(tag, image, 'absent')
  await store.putManifest(referrer)
  const hanging = await store.referrers(image.descriptor.digest)
  const isListed = hanging.some(({ digest }) => digest === referrer.descriptor.digest)
  return [
    told('ok', 'Lets us push and tag.'),
    isListed
      ? told('ok', 'Finds what hangs on an image.')
      : told(
          'problem',
          'Does not list what was hung on an image.',
          'Evidence could not be found there: report it to whoever runs the registry.',
        ),
    (await isTagKept(store, tag, referrer))
      ? told('ok', 'A tag that is there is not overwritten.')
      : told(
          'warning',
          'A tag that is there was overwritten without a word.',
          'Run promotions of one environment one after another.',
        ),
  ]
}

/** A second writer must be told by the registry itself: else two promotions at once could not see each other. */
async function isTagKept(
  store: ImageStore,
  tag: string,
  second: ProbeArtifact['referrer'],
): Promise<boolean> {
  try {
    // Written without a look before.
    await store.putTags([tag], second, [tag])
    return false
  } catch (error) {
    // Registries with immutable tags refuse in words of their own.
    if (isFailure(error, registryErrors.TAG_CONFLICT, registryErrors.REGISTRY_REFUSED)) return true
    throw error
  }
}

async function mounting(
  from: Repository,
  to: Repository,
  { blobs: [{ descriptor, bytes }] }: ProbeArtifact,
  { wired }: Patient,
  told: Tell,
): Promise<Finding> {
  const how = await wired.client
    .repository(to)
    .putBlob(descriptor, () => Promise.resolve(once(bytes)), { expectAbsent: true, mountFrom: from })
  const name = formatRepository(to)
  return how === 'sent'
    ? told(
        'warning',
        `Blobs are sent again to ${name}, not mounted.`,
        'Copies there take longer; the account needs to read here and write there.',
      )
    : told('ok', `Blobs are mounted into ${name}.`)
}

interface Traces {
  /** The registry says that both manifests are gone. */
  readonly deleted: boolean
  /** Tags of this run, and of earlier ones, that are there still. */
  readonly left: readonly string[]
  /** Why nobody knows what is left. */
  readonly unknown?: string
}

/** Over connections of its own, which an interrupt does not cut. */
async function removal(place: Repository, artifact: ProbeArtifact, { afterwards }: Patient): Promise<Traces> {
  const client = afterwards()
  const store = client.repository(place)
  try {
    await store.deleteTag(artifact.tag)
    const gone: boolean[] = []
    for (const { descriptor } of [artifact.referrer, artifact.image])
      gone.push(await store.deleteManifest(descriptor.digest))
    const left = (await store.tags()).filter((tag) => isTrace(tag, artifact))
    return { deleted: gone.every(Boolean), left }
  } catch (error) {
    return { deleted: false, left: [artifact.tag], unknown: (error as Error).message }
  } finally {
    await client.close()
  }
}

function deletion({ deleted, left, unknown }: Traces, told: Tell): Finding {
  if (deleted && left.length === 0) return told('ok', 'Lets us delete.')
  const found = deleted ? 'Lets us delete.' : 'Does not let us delete, which is needed only to clean up.'
  return left.length > 0 ? leftBehind(found, left, unknown, told) : told('warning', found)
}

function leftBehind(found: string, left: readonly string[], why: string | undefined, told: Tell): Finding {
  const reason = why === undefined ? '' : `${why} `
  const behind = `Left behind, by this run or earlier ones: ${left.join(', ')}.`
  return told('warning', `${found} ${reason}${behind}`, 'Have these tags deleted: nothing needs them.')
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}
