import { fail, isFailure } from '../../../base/index.ts'
import { registryErrors } from '../../errors.ts'
import { dump } from '../../http/answer.ts'
import type { Answer } from '../../http/exchange.ts'
import { BULK_BYTES } from '../bulk.ts'
import { defaultPatience, Stall } from './stall.ts'
import type { Session, Upload } from './upload.ts'
import { nextAddress, receivedIn, withDigest } from './upload-session.ts'

/** The whole body in one PUT; what has begun before, or is too long, in PATCHes that an empty PUT closes. */
export async function sendContent(upload: Upload, session: Session): Promise<void> {
  const { size } = upload.descriptor
  upload.session = session
  if (session.offset === 0 && size <= upload.chunk) return put(upload, session, size)
  for (let at = session; at.offset < size;) {
    at = await patch(upload, at, Math.min(size, at.offset + upload.chunk))
    upload.session = at
  }
  await put(upload, upload.session, 0)
}

/** Closes the session (end-6), with all of the content or with none. */
async function put(upload: Upload, session: Session, length: number): Promise<void> {
  const url = withDigest(session.url, upload.descriptor.digest)
  await send(upload, { method: 'PUT', url, expect: [201, 204], start: 0, end: length, headers: {} })
}

/** One piece (end-5); 201 and 204 are what ECR and others answer. @throws REGISTRY_ANSWER_INVALID */
async function patch(upload: Upload, session: Session, end: number): Promise<Session> {
  const { url, offset: start } = session
  const headers = { 'content-range': `${start}-${end - 1}` }
  const answer = await send(upload, { method: 'PATCH', url, expect: [201, 202, 204], start, end, headers })
  const received = receivedIn(answer)
  // Some registries begin again at 0 with each piece (GHCR) and would find out only at the end.
  if (received === undefined || received === end)
    return { url: nextAddress(answer, session, upload.endpoint.origin), offset: end }
  throw fail(registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `${answer.url.host} was sent bytes ${start} to ${end - 1} of ${upload.descriptor.digest}, it says it has ${received}.`,
    where: upload.endpoint.where,
  })
}

/** Bytes of a body that may be sent twice: a connection that had died unnoticed, a token that had run out. */
const SENT_TWICE = 4 * 1024 * 1024

/** What distribution and nginx answer when the line to the client breaks and a proxy in between is still there. */
const CLIENT_GONE = 499

interface Part {
  readonly method: 'PUT' | 'PATCH'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly expect: readonly number[]
  readonly start: number
  readonly end: number
}

async function send(upload: Upload, { start, end, headers, ...request }: Part): Promise<Answer> {
  const { endpoint, source, options } = upload
  const patience = options.patience ?? defaultPatience
  const stall = new Stall(patience, options.signal)
  const length = end - start
  let done = start
  async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
    if (done - start > SENT_TWICE) throw brokeOff(upload)
    done = start
    options.onBytes?.(done)
    for await (const chunk of source.bytes(start, end)) {
      yield chunk
      done += chunk.length
      options.onBytes?.(done)
    }
  }
  source.failure = undefined
  try {
    const answer = await endpoint.send(['pull', 'push'], {
      ...request,
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(length), ...headers },
      body: length > 0 ? () => stall.watched(body()) : Buffer.alloc(0),
      retry: false,
      bulk: length >= BULK_BYTES,
      patience: length > 0 ? 0 : patience.commit,
      signal: stall.signal,
    })
    await dump(answer)
    return answer
  } catch (error) {
    options.signal?.throwIfAborted()
    if (source.failure !== undefined) throw source.failure
    if (stall.fired !== undefined) throw stalled(upload, stall.fired, error)
    throw isFailure(error) && error.detail.status === CLIENT_GONE ? brokeOff(upload, error) : error
  } finally {
    stall.end()
  }
}

/** More is not sent again within one request: what the registry has of it is asked for first. */
function brokeOff({ endpoint, descriptor }: Upload, cause?: unknown) {
  return fail(registryErrors.REGISTRY_UNREACHABLE, {
    message: `The upload of ${descriptor.digest} to ${endpoint.where} broke off.`,
    where: endpoint.where,
    cause,
  })
}

function stalled({ endpoint, descriptor }: Upload, patience: number, cause: unknown) {
  return fail(registryErrors.REGISTRY_UNREACHABLE, {
    message: `Uploading ${descriptor.digest} to ${endpoint.where} made no progress for ${Math.round(patience / 100) / 10} seconds.`,
    where: endpoint.where,
    cause,
  })
}
