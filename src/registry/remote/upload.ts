import { fail, isFailure, retrying } from '../../base/index.ts'
import type { Descriptor, Repository } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { dump } from '../http/answer.ts'
import type { Answer } from '../http/exchange.ts'
import { uploadTarget } from '../http/redirect.ts'
import type { PutBlobOptions } from '../store.ts'
import type { Endpoint } from './endpoint.ts'

export type OpenBlob = () => Promise<AsyncIterable<Uint8Array>>

/** Blobs up to here go up in one POST where the registry can: the wasted body is small where it cannot. */
const SINGLE_POST_BYTES = 64 * 1024
/** Without a byte taken or an answer for this long (milliseconds) an upload is dead; a slow commit is not. */
const STALLED = 5 * 60_000
const OCTETS = { 'content-type': 'application/octet-stream' }

/**
 * Uploads a blob: mount first when asked (no question before it, the mount is one), single POST for tiny ones,
 * POST and one PUT for the rest. The whole sequence is repeated on a passing fault, with the blob opened again.
 */
export function uploadBlob(
  endpoint: Endpoint,
  descriptor: Descriptor,
  open: OpenBlob,
  options: PutBlobOptions,
): Promise<'sent' | 'mounted'> {
  return retrying(() => uploadOnce(endpoint, descriptor, open, options), {
    ...endpoint.wire.retry,
    ...(options.signal && { signal: options.signal }),
  })
}

async function uploadOnce(
  endpoint: Endpoint,
  descriptor: Descriptor,
  open: OpenBlob,
  options: PutBlobOptions,
): Promise<'sent' | 'mounted'> {
  const mount = options.mountFrom ? await tryMount(endpoint, descriptor, options.mountFrom) : 'refused'
  if (mount === 'mounted') return 'mounted'
  const session = mount === 'refused' ? await begin(endpoint, descriptor, open, options) : mount
  if (session !== 'sent') await finish(endpoint, descriptor, session, open, options)
  options.onBytes?.(descriptor.size)
  return 'sent'
}

/** 201: it is there. 202: an upload session has begun instead. Anything else: registries differ, upload plainly. */
async function tryMount(
  endpoint: Endpoint,
  descriptor: Descriptor,
  from: Repository,
): Promise<URL | 'mounted' | 'refused'> {
  const query = new URLSearchParams({ mount: descriptor.digest, from: from.name })
  try {
    const url = `blobs/uploads/?${query.toString()}`
    const answer = await post(endpoint, url, [201, 202], undefined, from)
    await dump(answer)
    return answer.status === 201 ? 'mounted' : uploadTarget(answer, endpoint.origin)
  } catch (error) {
    if (isFailure(error, registryErrors.REGISTRY_DENIED, registryErrors.REGISTRY_REFUSED)) return 'refused'
    throw error
  }
}

async function begin(
  endpoint: Endpoint,
  descriptor: Descriptor,
  open: OpenBlob,
  options: PutBlobOptions,
): Promise<URL | 'sent'> {
  const { abilities } = endpoint
  if (descriptor.size <= SINGLE_POST_BYTES && abilities.singlePost !== false) {
    const outcome = await trySinglePost(endpoint, descriptor, open)
    if (outcome !== 'refused') return outcome
  }
  options.signal?.throwIfAborted()
  const answer = await post(endpoint, 'blobs/uploads/', [202])
  await dump(answer)
  return uploadTarget(answer, endpoint.origin)
}

async function trySinglePost(
  endpoint: Endpoint,
  descriptor: Descriptor,
  open: OpenBlob,
): Promise<URL | 'sent' | 'refused'> {
  const url = `blobs/uploads/?${new URLSearchParams({ digest: descriptor.digest }).toString()}`
  const bytes = await collected(await open())
  try {
    const answer = await post(endpoint, url, [201, 202], bytes)
    await dump(answer)
    endpoint.abilities.singlePost = answer.status === 201
    return answer.status === 201 ? 'sent' : uploadTarget(answer, endpoint.origin)
  } catch (error) {
    if (!isFailure(error, registryErrors.REGISTRY_REFUSED)) throw error
    endpoint.abilities.singlePost = false
    return 'refused'
  }
}

function post(
  endpoint: Endpoint,
  url: string,
  expect: readonly number[],
  body: Buffer = Buffer.alloc(0),
  pullFrom?: Repository,
): Promise<Answer> {
  const headers = { ...(body.length > 0 && OCTETS), 'content-length': String(body.length) }
  return endpoint.send(
    ['pull', 'push'],
    { method: 'POST', url, headers, body, expect, retry: false },
    pullFrom,
  )
}

async function finish(
  endpoint: Endpoint,
  descriptor: Descriptor,
  session: URL,
  open: OpenBlob,
  options: PutBlobOptions,
): Promise<void> {
  const stall = new Stall(options.signal)
  let failure: unknown
  const body = async function* () {
    let done = 0
    try {
      for await (const chunk of await open()) {
        stall.touch()
        yield chunk
        options.onBytes?.((done += chunk.length))
      }
    } catch (error) {
      failure = error
      throw error
    }
  }
  try {
    const answer = await endpoint.send(['pull', 'push'], {
      method: 'PUT',
      url: withDigest(session, descriptor),
      headers: { ...OCTETS, 'content-length': String(descriptor.size) },
      body: descriptor.size > 0 ? body : Buffer.alloc(0),
      expect: [201, 204],
      retry: false,
      patience: 0,
      signal: stall.signal,
    })
    await dump(answer)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (failure !== undefined) throw failure
    if (stall.fired) throw stalled(endpoint, descriptor, error)
    throw error
  } finally {
    stall.end()
  }
}

/** Adds `digest` without touching the rest: session state in the query must go back byte for byte. */
function withDigest(session: URL, descriptor: Descriptor): URL {
  const url = new URL(session)
  url.search = `${url.search ? `${url.search}&` : '?'}digest=${encodeURIComponent(descriptor.digest)}`
  return url
}

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks))
}

/** Aborts an upload that nothing happens in. */
class Stall {
  readonly signal: AbortSignal
  fired = false
  readonly #timer: NodeJS.Timeout

  constructor(outer: AbortSignal | undefined) {
    const controller = new AbortController()
    this.signal = outer ? AbortSignal.any([outer, controller.signal]) : controller.signal
    this.#timer = setTimeout(() => {
      this.fired = true
      controller.abort()
    }, STALLED)
  }

  touch(): void {
    this.#timer.refresh()
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}

function stalled(endpoint: Endpoint, descriptor: Descriptor, cause: unknown) {
  return fail(registryErrors.REGISTRY_UNREACHABLE, {
    message: `Uploading ${descriptor.digest} to ${endpoint.where} made no progress for ${STALLED / 60_000} minutes.`,
    where: endpoint.where,
    cause,
  })
}
