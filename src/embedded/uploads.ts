import { algorithmOf } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { Refusal, refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import { parseChunkRange } from './byte-range.ts'
import { declaredLength } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { mountBlob } from './mount.ts'
import { requireDigest } from './names.ts'
import type { RepositoryName } from './names.ts'
import { writing } from './parts.ts'
import type { Call, Parts } from './parts.ts'
import type { Upload } from './storage/upload-store.ts'

/** `POST /v2/<name>/blobs/uploads/`: begin (end-4a), whole blob at once (end-4b), or mount (end-11). */
export async function postUpload(call: Call, name: RepositoryName): Promise<Answer> {
  const { parts, exchange } = call
  const { query } = exchange
  if (query.has('mount')) {
    const digest = requireDigest(query.get('mount'))
    if (await mountBlob(call, name, digest)) return created(name, digest)
  } else if (query.has('digest')) return postWhole(call, name, requireDigest(query.get('digest')))
  return progress(202, await parts.uploads.begin(name, algorithmAsked(query)))
}

/** `PATCH` of a session (end-5): a stream, or a chunk with its place. */
export async function patchUpload(call: Call, name: RepositoryName, id: string): Promise<Answer> {
  return session(call.parts, name, id, async (upload) => {
    await receive(call, upload)
    return progress(202, upload)
  })
}

/** `PUT` of a session (end-6): an optional last chunk, then the digest the whole must have. */
export async function putUpload(call: Call, name: RepositoryName, id: string): Promise<Answer> {
  const digest = requireDigest(call.exchange.query.get('digest'))
  return session(call.parts, name, id, async (upload) => {
    await receive(call, upload)
    return commit(call.parts, upload, digest)
  })
}

/** `GET` of a session (end-13): how far it got. */
export async function getUpload(call: Call, name: RepositoryName, id: string): Promise<Answer> {
  return session(call.parts, name, id, async (upload) => progress(204, upload))
}

/** `DELETE` of a session (end-14). */
export async function deleteUpload(call: Call, name: RepositoryName, id: string): Promise<Answer> {
  return session(call.parts, name, id, async (upload) => {
    await call.parts.uploads.discard(upload)
    return { status: 204, headers: {} }
  })
}

async function postWhole(call: Call, name: RepositoryName, digest: Digest): Promise<Answer> {
  const { uploads } = call.parts
  const upload = await uploads.begin(name, algorithmOf(digest))
  try {
    await uploads.append(upload, call.exchange.body)
  } catch (error) {
    await uploads.discard(upload)
    throw error
  }
  return commit(call.parts, upload, digest)
}

/** One request at a time per session: two at once would mix their bytes. */
async function session(
  parts: Parts,
  name: RepositoryName,
  id: string,
  work: (upload: Upload) => Promise<Answer>,
): Promise<Answer> {
  return parts.locks.run(`upload ${id}`, async () => {
    const upload = await parts.uploads.find(name, id)
    if (!upload) throw refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload, or no longer', { id })
    return work(upload)
  })
}

async function receive(call: Call, upload: Upload): Promise<void> {
  const { exchange, parts } = call
  const expected = chunkLength(exchange, upload)
  await parts.uploads.append(upload, expected === undefined ? exchange.body : exactly(exchange, expected))
}

/** How many bytes the chunk says it has; undefined for a plain stream. */
function chunkLength(exchange: Exchange, upload: Upload): number | undefined {
  const header = exchange.headers['content-range']
  if (header === undefined) return undefined
  const range = parseChunkRange(header)
  if (!range) throw refusal(400, 'BLOB_UPLOAD_INVALID', 'Content-Range must be <first>-<last>')
  if (range.start !== upload.size) throw outOfOrder(upload)
  const length = range.end - range.start
  if ((declaredLength(exchange) ?? length) !== length) throw wrongLength(length)
  return length
}

async function* exactly(exchange: Exchange, length: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of exchange.body) {
    if (exchange.received() > length) throw wrongLength(length)
    yield chunk
  }
  if (exchange.received() !== length) throw wrongLength(length)
}

async function commit(parts: Parts, upload: Upload, digest: Digest): Promise<Answer> {
  if (!(await parts.uploads.commit(upload, digest)))
    throw refusal(400, 'DIGEST_INVALID', 'the content received does not have this digest', { digest })
  await writing(parts, upload.name, () => parts.repositories.linkBlob(upload.name, digest))
  return created(upload.name, digest)
}

function created(name: RepositoryName, digest: Digest): Answer {
  return {
    status: 201,
    headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest },
  }
}

function progress(status: number, upload: Upload): Answer {
  return { status, headers: progressHeaders(upload) }
}

// The specification has no way to say "nothing yet"; registries and clients agree on 0-0.
function progressHeaders(upload: Upload): Record<string, string> {
  return {
    location: `/v2/${upload.name}/blobs/uploads/${upload.id}`,
    range: `0-${Math.max(0, upload.size - 1)}`,
    'docker-upload-uuid': upload.id,
  }
}

function algorithmAsked(query: URLSearchParams): 'sha256' | 'sha512' {
  const text = query.get('digest-algorithm') ?? 'sha256'
  if (text === 'sha256' || text === 'sha512') return text
  throw refusal(400, 'DIGEST_INVALID', 'digest-algorithm must be sha256 or sha512')
}

function outOfOrder(upload: Upload) {
  const message = `the chunk must begin at byte ${upload.size}`
  return new Refusal(416, [{ code: 'BLOB_UPLOAD_INVALID', message }], progressHeaders(upload))
}

function wrongLength(length: number) {
  return refusal(400, 'SIZE_INVALID', `Content-Range announces ${length} bytes, the body has another length`)
}
