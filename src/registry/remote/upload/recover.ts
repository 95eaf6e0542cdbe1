import { isFailure, WaybillError } from '../../../base/index.ts'
import { registryErrors } from '../../errors.ts'
import { tryAgain } from '../try-again.ts'
import type { Upload } from './upload.ts'
import { cancelSession } from './upload-session.ts'

const MiB = 1024 * 1024
/** Request bodies (bytes) to try after a longer one did not pass: first for ACR, then for common proxy settings. */
const CHUNKS = [16 * MiB, 4 * MiB, MiB] as const

/**
 * Makes an upload ready for another try. `failures` counts those since the registry last took anything.
 * @throws the failure when another try cannot help, or there were enough of them
 */
export async function recover(upload: Upload, failure: unknown, failures: number): Promise<void> {
  const { endpoint, options, descriptor, source } = upload
  const retry = { ...endpoint.wire.retry, ...(options.signal && { signal: options.signal }) }
  options.signal?.throwIfAborted()
  if (failures >= retry.attempts) throw failure
  if (await changesCourse(upload, failure)) return
  await tryAgain(failure, failures, retry, () => Promise.resolve())
  // The answer to the last byte may be all that was lost.
  if (source.sent === descriptor.size) upload.expectAbsent = false
  if (failures > 1 && brokeSending(upload, failure)) shorten(upload)
  upload.isBroken = upload.session !== undefined
}

/** What the registry said no to may work another way. False: it was no such answer. */
async function changesCourse(upload: Upload, failure: unknown): Promise<boolean> {
  if (!(failure instanceof WaybillError) || failure === upload.source.failure || !upload.session) return false
  const { REGISTRY_REFUSED, REGISTRY_ANSWER_INVALID } = registryErrors
  const { status } = failure.detail
  // It has more, or less, than it said: bytes of the broken request were still under way.
  if (status === 416 && upload.session.offset > 0) {
    upload.isBroken = true
    return true
  }
  if (status === 413) {
    if (!shorten(upload)) return false
  } else if (isSessionGone(upload, failure)) upload.session = undefined
  else if (inPieces(upload) && isFailure(failure, REGISTRY_REFUSED, REGISTRY_ANSWER_INVALID))
    onlyWhole(upload)
  else return false
  await cancelSession(upload)
  return true
}

/** Swept up, or known to another replica only. */
function isSessionGone(upload: Upload, { detail }: WaybillError): boolean {
  if (detail.status !== 404) return false
  const { codes } = detail
  return !inPieces(upload) || (Array.isArray(codes) && codes.includes('BLOB_UPLOAD_UNKNOWN'))
}

function brokeSending({ session, isBroken, source }: Upload, failure: unknown): boolean {
  const broke = isFailure(failure, registryErrors.REGISTRY_UNREACHABLE) && failure !== source.failure
  return broke && session !== undefined && !isBroken
}

function inPieces({ session, chunk, descriptor }: Upload): boolean {
  return (session?.offset ?? 0) > 0 || chunk < descriptor.size
}

function shorten(upload: Upload): boolean {
  const shorter = CHUNKS.find((bytes) => bytes < Math.min(upload.chunk, upload.descriptor.size))
  if (upload.wholeOnly || shorter === undefined) return false
  upload.chunk = shorter
  return true
}

function onlyWhole(upload: Upload): void {
  const { abilities } = upload.endpoint
  if (upload.chunk < upload.descriptor.size) delete abilities.chunkBytes
  else abilities.resumeUpload = false
  upload.chunk = Infinity
  upload.wholeOnly = true
}
