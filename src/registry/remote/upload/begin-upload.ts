import { isFailure } from '../../../base/index.ts'
import type { Repository } from '../../../oci/index.ts'
import { registryErrors } from '../../errors.ts'
import { dump } from '../../http/answer.ts'
import type { Answer } from '../../http/exchange.ts'
import { uploadTarget } from '../../http/redirect.ts'
import { headBlob } from '../head-blob.ts'
import type { Session, Upload } from './upload.ts'
import { cancelSession } from './upload-session.ts'

/** Blobs up to here (bytes) go up in one POST where the registry can: the wasted body is small where it cannot. */
const SINGLE_POST = 64 * 1024
/** From here on (bytes) a question costs less than sending what is there already. */
const WORTH_ASKING = 1024 * 1024

export type Begun = 'sent' | 'mounted' | 'present'

/**
 * Begins an upload by the request that may make it unnecessary: a mount from where the blob is known to be, one
 * POST with all of a small blob, or a mount from this repository itself, which is a question and a beginning in one.
 */
export async function beginUpload(upload: Upload): Promise<Begun | Session> {
  const { mountFrom } = upload.options
  const mounted = mountFrom && (await mount(upload, mountFrom))
  if (mounted === 'there') return 'mounted'
  if (mounted) return unlessPresent(upload, mounted)
  const posted = await postWhole(upload)
  if (posted) return posted
  const asked = await selfMount(upload)
  if (asked) return asked
  if (await isPresent(upload)) return 'present'
  return postPlain(upload)
}

/** 201: it is there. 202: a session has begun instead. Anything else: registries differ, upload plainly. */
async function mount(upload: Upload, from: Repository): Promise<Session | 'there' | undefined> {
  const { abilities } = upload.endpoint
  if (abilities.mount === false) return undefined
  const outcome = await tryMount(upload, from)
  if (outcome === 'there') abilities.mount = true
  return outcome === 'refused' ? undefined : outcome
}

async function selfMount(upload: Upload): Promise<Begun | Session | undefined> {
  const { abilities, repository } = upload.endpoint
  if (upload.expectAbsent || abilities.selfMount === false) return undefined
  const outcome = await tryMount(upload, repository)
  if (outcome === 'there') {
    abilities.selfMount = true
    return 'present'
  }
  if (outcome !== 'refused' && abilities.selfMount) return outcome
  if (outcome !== 'refused') {
    const found = await unlessPresent(upload, outcome)
    if (found === 'present') abilities.selfMount = false
    return found
  }
  // Only a plain POST that works shows that it was the mount it did not like.
  const session = await postPlain(upload)
  abilities.selfMount = false
  return session
}

/**
 * Finds out, once for each registry, whether it knows the question: it is asked for a blob that has just been sent.
 * From then on none of them needs a HEAD.
 */
export async function learnSelfMount(upload: Upload): Promise<void> {
  const { abilities, memory, repository } = upload.endpoint
  const askedInVain = abilities.selfMount === undefined && !upload.options.expectAbsent
  if (!askedInVain || upload.descriptor.size < WORTH_ASKING || !memory.begins('selfMount')) return
  const outcome = await tryMount(upload, repository).catch(() => 'refused' as const)
  abilities.selfMount = outcome === 'there'
  if (typeof outcome !== 'string') await cancelSession({ ...upload, session: outcome })
}

async function tryMount(upload: Upload, from: Repository): Promise<Session | 'there' | 'refused'> {
  const { digest } = upload.descriptor
  const query = new URLSearchParams({ mount: digest, from: from.name })
  const pullFrom = from === upload.endpoint.repository ? undefined : from
  try {
    const answer = await post(upload, `?${query.toString()}`, [201, 202], undefined, pullFrom)
    if (answer.status === 202) return sessionIn(answer, upload)
    return (answer.header('docker-content-digest') ?? digest) === digest ? 'there' : 'refused'
  } catch (error) {
    if (isOdd(error)) return 'refused'
    throw error
  }
}

/** A registry that does not know the question answers 202 to it: before many bytes are sent, HEAD makes sure. */
async function unlessPresent(upload: Upload, session: Session): Promise<'present' | Session> {
  if (!(await isPresent(upload))) return session
  await cancelSession({ ...upload, session })
  return 'present'
}

async function isPresent({ endpoint, descriptor, expectAbsent, options }: Upload): Promise<boolean> {
  if (expectAbsent || descriptor.size < WORTH_ASKING) return false
  try {
    return await headBlob(endpoint, descriptor)
  } catch {
    // Only a question: whoever may not ask may still send.
    options.signal?.throwIfAborted()
    return false
  }
}

async function postWhole(upload: Upload): Promise<'sent' | Session | undefined> {
  const { abilities } = upload.endpoint
  const { digest, size } = upload.descriptor
  if (size > SINGLE_POST || abilities.singlePost === false) return undefined
  const bytes = await unlessAborted(upload.source.whole(), upload.options.signal)
  try {
    const query = new URLSearchParams({ digest })
    const answer = await post(upload, `?${query.toString()}`, [201, 202], bytes)
    abilities.singlePost = answer.status === 201
    return answer.status === 201 ? 'sent' : sessionIn(answer, upload)
  } catch (error) {
    if (!isFailure(error, registryErrors.REGISTRY_REFUSED)) throw error
    abilities.singlePost = false
    return undefined
  }
}

/** Does not wait for a source that hangs when nobody wants its bytes any more. @throws the signal's reason */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal?.reason as Error)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

async function postPlain(upload: Upload): Promise<Session> {
  return sessionIn(await post(upload, '', [202]), upload)
}

async function post(
  { endpoint, options }: Upload,
  query: string,
  expect: readonly number[],
  body: Buffer = Buffer.alloc(0),
  pullFrom?: Repository,
): Promise<Answer> {
  const octets = body.length > 0 && { 'content-type': 'application/octet-stream' }
  const headers = { ...octets, 'content-length': String(body.length) }
  const url = `blobs/uploads/${query}`
  const { signal } = options
  const request = { method: 'POST', url, headers, body, expect, retry: false, signal } as const
  const answer = await endpoint.send(['pull', 'push'], request, pullFrom)
  await dump(answer)
  return answer
}

function sessionIn(answer: Answer, upload: Upload): Session {
  const least = Number(answer.header('oci-chunk-min-length') ?? 0)
  if (least > upload.chunk) upload.chunk = least
  return { url: uploadTarget(answer, upload.endpoint.origin), offset: 0 }
}

/** A refusal of this one request; a registry that is busy or down says so about everything. */
function isOdd(error: unknown): boolean {
  const { REGISTRY_DENIED, REGISTRY_REFUSED, REPOSITORY_MISSING, REGISTRY_FAILED } = registryErrors
  if (isFailure(error, REGISTRY_DENIED, REGISTRY_REFUSED, REPOSITORY_MISSING)) return true
  return isFailure(error, REGISTRY_FAILED) && (error.detail.status === 500 || error.detail.status === 501)
}
