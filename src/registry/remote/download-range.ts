import { fail } from '../../base/index.ts'
import { ociErrors } from '../../oci/index.ts'
import type { Descriptor } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { dump } from '../http/answer.ts'
import type { Answer } from '../http/exchange.ts'
import type { Endpoint } from './endpoint.ts'

export interface RangeOptions {
  /** Ends the request and the reading of its answer. */
  readonly signal: AbortSignal
  /** Milliseconds without a byte after which the connection counts as broken. */
  readonly patience?: number | undefined
  /** Chunks may be lent: see `Exchange.bulk`. */
  readonly bulk: boolean
}

/**
 * Asks for a blob from byte `from` on. 206 is exactly that; 200 is the whole, for a registry without ranges.
 * @throws BLOB_MISSING, SIZE_MISMATCH, REGISTRY_ANSWER_INVALID
 */
export async function openRange(
  endpoint: Endpoint,
  descriptor: Descriptor,
  from: number,
  options: RangeOptions,
): Promise<Answer> {
  const answer = await ask(endpoint, descriptor, from, options)
  const problem = problemWith(answer, endpoint, descriptor, from)
  if (!problem) return answer
  // A body of the wrong bytes is not waited for: whoever hears of the problem ends the request.
  if (answer.status === 404 || answer.status === 416) await dump(answer)
  // Some caches answer 416 where they cannot serve a range; the whole is hashed in any case.
  if (answer.status === 416) return openRange(endpoint, descriptor, 0, options)
  throw problem
}

function ask(
  endpoint: Endpoint,
  descriptor: Descriptor,
  from: number,
  options: RangeOptions,
): Promise<Answer> {
  return endpoint.send(['pull'], {
    method: 'GET',
    url: `blobs/${descriptor.digest}`,
    headers: from > 0 ? { range: `bytes=${from}-` } : {},
    expect: from > 0 ? [200, 206, 404, 416] : [200, 404],
    follow: true,
    ...(options.patience !== undefined && { patience: options.patience }),
    signal: options.signal,
    bulk: options.bulk,
  })
}

function problemWith(answer: Answer, endpoint: Endpoint, descriptor: Descriptor, from: number) {
  const { where } = endpoint
  if (answer.status === 404) {
    return fail(registryErrors.BLOB_MISSING, {
      message: `Blob ${descriptor.digest} (${descriptor.mediaType}) is not in ${where}.`,
      where,
    })
  }
  if (answer.status === 200) {
    const length = answer.header('content-length')
    if (length === undefined || Number(length) === descriptor.size) return undefined
    return fail(ociErrors.SIZE_MISMATCH, {
      message: `Found ${length} bytes, the descriptor says ${descriptor.size}.`,
      where: `${where}@${descriptor.digest}`,
    })
  }
  const range = answer.header('content-range')
  if (isRangeFrom(range, from, descriptor.size)) return undefined
  return fail(registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `Asked ${answer.url.host} for bytes from ${from} of ${descriptor.size}, it answered ${answer.status} with the range ${JSON.stringify(range)}.`,
    where,
  })
}

/** RFC 9110 §14.4. The end may come early: a server may send less than was asked for. */
function isRangeFrom(header: string | undefined, from: number, size: number): boolean {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(header ?? '') ?? []
  if (Number(first) !== from || !(Number(last) >= from && Number(last) < size)) return false
  return total === '*' || Number(total) === size
}
