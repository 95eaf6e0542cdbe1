import type { Digest } from '../oci/index.ts'
import { contentHeaders, Refusal, refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import { parseRange } from './byte-range.ts'
import { isUnchanged } from './conditions.ts'
import type { RepositoryName } from './names.ts'
import { writing } from './parts.ts'
import type { Call, Parts } from './parts.ts'

/** `GET` and `HEAD /v2/<name>/blobs/<digest>` (end-2), with one byte range. */
export async function getBlob(call: Call, name: RepositoryName, digest: Digest): Promise<Answer> {
  const size = await blobSize(call.parts, name, digest)
  if (size === undefined) throw unknownBlob(digest)
  const { headers } = call.exchange
  if (isUnchanged(headers, digest)) return { status: 304, headers: contentHeaders(digest) }
  const file = call.parts.blobs.pathOf(digest)
  const range = parseRange(rangeHeader(call, digest), size)
  const common = {
    ...contentHeaders(digest),
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
  }
  if (range.kind === 'whole') return { status: 200, headers: common, body: { file, start: 0, end: size } }
  if (range.kind === 'unsatisfiable') throw outside(size)
  const { start, end } = range
  const partial = { ...common, 'content-range': `bytes ${start}-${end - 1}/${size}` }
  return { status: 206, headers: partial, body: { file, start, end } }
}

/** `DELETE /v2/<name>/blobs/<digest>` (end-10). Other repositories keep their own link to the content. */
export async function deleteBlob(call: Call, name: RepositoryName, digest: Digest): Promise<Answer> {
  const { parts } = call
  const isGone = await writing(parts, name, () => parts.repositories.unlinkBlob(name, digest))
  if (!isGone) throw unknownBlob(digest)
  return { status: 202, headers: {} }
}

/** Bytes; undefined when this repository does not hold the blob, even if another one does. */
async function blobSize(parts: Parts, name: RepositoryName, digest: Digest): Promise<number | undefined> {
  return (await parts.repositories.hasBlob(name, digest)) ? parts.blobs.sizeOf(digest) : undefined
}

// RFC 9110 §13.1.5: a range of something else than what the client has would not fit; it gets the whole.
function rangeHeader(call: Call, digest: Digest): string | undefined {
  const { range, 'if-range': ifRange } = call.exchange.headers
  const fits = call.exchange.method === 'GET' && (ifRange === undefined || ifRange === `"${digest}"`)
  return fits ? range : undefined
}

function unknownBlob(digest: Digest) {
  return refusal(404, 'BLOB_UNKNOWN', 'this repository does not hold that blob', { digest })
}

function outside(size: number) {
  const errors = [{ code: 'SIZE_INVALID', message: `the range lies outside the ${size} bytes` }] as const
  return new Refusal(416, errors, { 'content-range': `bytes */${size}` })
}
