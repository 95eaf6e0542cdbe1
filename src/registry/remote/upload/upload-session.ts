import { isFailure } from '../../../base/index.ts'
import type { Digest } from '../../../oci/index.ts'
import { registryErrors } from '../../errors.ts'
import { dump } from '../../http/answer.ts'
import type { Answer } from '../../http/exchange.ts'
import { uploadTarget } from '../../http/redirect.ts'
import type { Session, Upload } from './upload.ts'

/** Below this (bytes) a broken upload begins again: asking would cost as much. */
const WORTH_RESUMING = 4 * 1024 * 1024
/** Milliseconds for a request that only tidies up. */
const CANCEL_PATIENCE = 5_000

/**
 * Asks the registry how much of a broken upload it has (distribution-spec end-13) and where the rest goes: the
 * old address is often refused. Leaves no session when there is nothing to go on from.
 */
export async function relocate(upload: Upload): Promise<void> {
  const found = worthResuming(upload) ? await askSession(upload) : undefined
  if (!found) await cancelSession(upload)
  upload.session = found
  upload.isBroken = false
}

function worthResuming(upload: Upload): boolean {
  if (upload.wholeOnly || upload.endpoint.abilities.resumeUpload === false) return false
  return upload.descriptor.size >= WORTH_RESUMING && upload.source.sent > 0
}

async function askSession(upload: Upload): Promise<Session | undefined> {
  const { endpoint, session, source, options } = upload
  if (!session) return undefined
  try {
    const answer = await endpoint.send(['pull', 'push'], {
      method: 'GET',
      url: session.url,
      expect: [200, 204],
      retry: false,
      signal: options.signal,
    })
    await dump(answer)
    const offset = receivedIn(answer)
    if (offset === undefined || offset > source.sent) return undefined
    return { url: nextAddress(answer, session, endpoint.origin), offset }
  } catch (error) {
    if (!isFailure(error, registryErrors.REGISTRY_REFUSED, registryErrors.REGISTRY_DENIED)) throw error
    // 404 speaks of this session, the others of the registry.
    if (error.detail.status === 404) upload.session = undefined
    else endpoint.abilities.resumeUpload = false
    return undefined
  }
}

/** How many bytes the registry has. `0-0` is what most say for none, so a single byte counts as none. */
export function receivedIn(answer: Answer): number | undefined {
  const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(answer.header('range') ?? '') ?? []
  return last === undefined || last === '0' ? undefined : Number(last) + 1
}

/** Where the next bytes go: the Location of each answer, for registries that keep the state of a session in it. */
export function nextAddress(answer: Answer, session: Session, origin: string): URL {
  return answer.header('location') === undefined ? session.url : uploadTarget(answer, origin)
}

/** Adds `digest` without touching the rest: session state in the query must go back byte for byte. */
export function withDigest(session: URL, digest: Digest): URL {
  const url = new URL(session)
  url.search = `${url.search ? `${url.search}&` : '?'}digest=${encodeURIComponent(digest)}`
  return url
}

/** Leaves nothing half done behind (end-14). Best effort: many registries sweep up by themselves and refuse this. */
export async function cancelSession(upload: Upload): Promise<void> {
  const { endpoint, session } = upload
  upload.session = undefined
  if (!session) return
  try {
    const answer = await endpoint.send(['pull', 'push'], {
      method: 'DELETE',
      url: session.url,
      expect: [200, 202, 204, 400, 404, 405],
      retry: false,
      tidies: true,
      signal: AbortSignal.timeout(CANCEL_PATIENCE),
    })
    await dump(answer)
  } catch {
    // What failed before is what the caller must hear of.
  }
}
