import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'

// Fills a registry over plain HTTP by the specification's simplest requests, so that what is measured did not also
// lay out what it is measured on.

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

/** Bytes that can be read more than once without being kept. */
export interface Content {
  readonly size: number
  readonly chunks: () => Iterable<Buffer>
}

const MIB = 1024 * 1024

/** One place in a registry to push to. */
export class Pusher {
  readonly #base: string

  constructor(address: string, repository: string) {
    this.#base = `http://${address}/v2/${repository}`
  }

  async blob(content: Content, mediaType: string): Promise<Descriptor> {
    const digest = sha256(content.chunks())
    const opened = await fetch(`${this.#base}/blobs/uploads/`, { method: 'POST' })
    await opened.arrayBuffer()
    const place = new URL(opened.headers.get('location') ?? '', this.#base)
    place.searchParams.set('digest', digest)
    await put(place, 'application/octet-stream', content)
    return { mediaType, digest, size: content.size }
  }

  /** Pushed under a tag when one is given, else by digest. */
  async manifest(json: { readonly mediaType: string }, tag?: string): Promise<Descriptor> {
    const content = bytes(JSON.stringify(json))
    const digest = sha256(content.chunks())
    await put(new URL(`${this.#base}/manifests/${tag ?? digest}`), json.mediaType, content)
    return { mediaType: json.mediaType, digest, size: content.size }
  }

  /** Whether the registry lists referrers itself; where it does not, the pusher keeps the fallback tag. */
  async listsReferrers(subject: Descriptor): Promise<boolean> {
    const answer = await fetch(`${this.#base}/referrers/${subject.digest}`)
    await answer.arrayBuffer()
    return answer.status === 200
  }
}

export function bytes(text: string | Buffer): Content {
  const buffer = Buffer.from(text)
  return { size: buffer.length, chunks: () => [buffer] }
}

/** So many bytes that do not compress and are in no other blob. */
export function noise(size: number): Content {
  const block = randomBytes(Math.min(size, MIB))
  const chunks = function* () {
    for (let at = 0, turn = 0; at < size; at += block.length, turn++) {
      const chunk = Buffer.from(block)
      if (turn > 0) chunk.writeUInt32BE(turn)
      yield chunk.subarray(0, size - at)
    }
  }
  return { size, chunks }
}

function sha256(chunks: Iterable<Buffer>): string {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return `sha256:${hash.digest('hex')}`
}

async function put(url: URL, type: string, { size, chunks }: Content): Promise<void> {
  const headers = { 'content-type': type, 'content-length': size }
  const outgoing = request(url, { method: 'PUT', headers })
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
  for (const chunk of chunks()) if (!outgoing.write(chunk)) await once(outgoing, 'drain')
  outgoing.end()
  const [answer] = await answered
  answer.resume()
  await once(answer, 'end')
  if (answer.statusCode !== 201)
    throw new Error(`The registry answered ${answer.statusCode} to PUT ${url.href}.`)
}
