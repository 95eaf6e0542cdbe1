import { fail, isFailure, retrying } from '../../base/index.ts'
import type { Descriptor } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { dump } from '../http/answer.ts'
import { connectionFailed } from '../http/exchange.ts'
import type { Answer } from '../http/exchange.ts'
import { verifiedStream } from '../verified-stream.ts'
import type { Endpoint } from './endpoint.ts'

/** HEAD of a blob. What a redirect's target says other than 200 counts as absent: sending again is always safe. */
export async function headBlob(endpoint: Endpoint, descriptor: Descriptor): Promise<boolean> {
  try {
    const answer = await endpoint.send(['pull'], {
      method: 'HEAD',
      url: `blobs/${descriptor.digest}`,
      expect: [200, 404],
      follow: true,
    })
    await dump(answer)
    return answer.status === 200
  } catch (error) {
    const refused = isFailure(error, registryErrors.REGISTRY_DENIED, registryErrors.REGISTRY_REFUSED)
    if (refused && error.detail.host !== new URL(endpoint.origin).host) return false
    throw error
  }
}

/**
 * A blob, hashed. When the connection breaks it is resumed from where it stopped, while any progress is made.
 * @throws BLOB_MISSING, at the end SIZE_MISMATCH, DIGEST_MISMATCH
 */
export async function getBlob(
  endpoint: Endpoint,
  descriptor: Descriptor,
): Promise<AsyncIterable<Uint8Array>> {
  const where = `${endpoint.where}@${descriptor.digest}`
  const first = await open(endpoint, descriptor, 0)
  return verifiedStream(resuming(endpoint, descriptor, first), descriptor, where)
}

async function* resuming(
  endpoint: Endpoint,
  descriptor: Descriptor,
  first: Answer,
): AsyncGenerator<Uint8Array, void, undefined> {
  let answer: Answer | undefined = first
  let received = 0
  let failures = 0
  while (answer) {
    try {
      // A registry that ignores Range begins again at the first byte.
      let skip = answer.status === 200 ? received : 0
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        const fresh = chunk.subarray(Math.min(skip, chunk.length))
        skip -= chunk.length - fresh.length
        received += fresh.length
        if (fresh.length > 0) failures = 0
        yield fresh
      }
      return
    } catch (cause) {
      answer = await resumed(endpoint, descriptor, received, ++failures, connectionFailed(answer.url, cause))
    }
  }
}

async function resumed(
  endpoint: Endpoint,
  descriptor: Descriptor,
  received: number,
  failures: number,
  failure: Error,
): Promise<Answer | undefined> {
  const { retry } = endpoint.wire
  retry.signal?.throwIfAborted()
  if (received >= descriptor.size) return undefined
  if (failures >= retry.attempts || !isFailure(failure) || !failure.retryable) throw failure
  // The wait of the one retry policy: the first try reports the failure that has just happened.
  return retrying(
    (attempt) => (attempt === 1 ? Promise.reject(failure) : open(endpoint, descriptor, received)),
    { ...retry, attempts: 2 },
  )
}

async function open(endpoint: Endpoint, descriptor: Descriptor, from: number): Promise<Answer> {
  const answer = await endpoint.send(['pull'], {
    method: 'GET',
    url: `blobs/${descriptor.digest}`,
    headers: from > 0 ? { range: `bytes=${from}-` } : {},
    expect: from > 0 ? [200, 206, 404] : [200, 404],
    follow: true,
  })
  if (answer.status === 404) {
    await dump(answer)
    throw fail(registryErrors.BLOB_MISSING, {
      message: `Blob ${descriptor.digest} (${descriptor.mediaType}) is not in ${endpoint.where}.`,
      where: endpoint.where,
    })
  }
  if (answer.status === 206 && !answer.header('content-range')?.startsWith(`bytes ${from}-`)) {
    await dump(answer)
    throw fail(registryErrors.REGISTRY_ANSWER_INVALID, {
      message: `Asked ${answer.url.host} for bytes from ${from}, it answered with the range ${JSON.stringify(answer.header('content-range'))}.`,
      where: endpoint.where,
    })
  }
  return answer
}
