import type { Descriptor } from '../../../oci/index.ts'
import type { Endpoint } from '../endpoint.ts'
import { PROGRESS } from '../try-again.ts'
import { beginUpload, learnSelfMount } from './begin-upload.ts'
import type { Begun } from './begin-upload.ts'
import { recover } from './recover.ts'
import { sendContent } from './send-content.ts'
import type { Upload, UploadOptions } from './upload.ts'
import { cancelSession, relocate } from './upload-session.ts'
import { UploadSource } from './upload-source.ts'
import type { OpenBlob } from './upload-source.ts'

/** What is remembered comes from outside: shorter pieces (bytes) than any that are tried are not believed. */
const SHORTEST_CHUNK = 1024 * 1024

/**
 * Uploads a blob unless it is there: `present` in this repository, or `mounted` from another. A broken upload goes
 * on where it stopped when the registry can, and begins again when it cannot; `open` may be called several times.
 * What cannot be finished is cancelled.
 */
export async function uploadBlob(
  endpoint: Endpoint,
  descriptor: Descriptor,
  open: OpenBlob,
  options: UploadOptions,
): Promise<Begun> {
  const upload: Upload = {
    endpoint,
    descriptor,
    options,
    source: new UploadSource(descriptor, open),
    session: undefined,
    isBroken: false,
    chunk: Math.max(endpoint.abilities.chunkBytes ?? Infinity, SHORTEST_CHUNK),
    wholeOnly: false,
    expectAbsent: options.expectAbsent ?? false,
  }
  try {
    const outcome = await persist(upload)
    if (outcome === 'sent') options.onBytes?.(descriptor.size)
    return outcome
  } catch (error) {
    await cancelSession(upload)
    throw error
  } finally {
    upload.source.close()
  }
}

/** Tries until it is done, for as long as the registry takes more now and then. */
async function persist(upload: Upload): Promise<Begun> {
  let failures = 0
  let best = 0
  for (;;) {
    try {
      return await attempt(upload)
    } catch (error) {
      const taken = upload.session?.offset ?? 0
      if (taken - best >= PROGRESS) [failures, best] = [0, taken]
      failures++
      await recover(upload, error, failures)
    }
  }
}

async function attempt(upload: Upload): Promise<Begun> {
  const { abilities } = upload.endpoint
  if (upload.isBroken) await relocate(upload)
  const begun = upload.session ?? (await beginUpload(upload))
  if (typeof begun === 'string') return wasSent(upload, begun) ? 'sent' : begun
  const isResumed = begun.offset > 0
  await sendContent(upload, begun)
  if (isResumed) abilities.resumeUpload = true
  if (upload.chunk < upload.descriptor.size) abilities.chunkBytes = upload.chunk
  await learnSelfMount(upload)
  return 'sent'
}

/** It is there because an earlier try got through, and only the answer to it was lost. */
function wasSent({ source, descriptor }: Upload, begun: Begun): boolean {
  return begun === 'present' && source.sent === descriptor.size && descriptor.size > 0
}
