import { isObject, parseSecretJson } from '../../base/index.ts'
import type { Incoming, Outgoing, Send } from '../../cloud/index.ts'
import { isDigest } from '../../oci/index.ts'
import type { Digest, Repository } from '../../oci/index.ts'
import { basic } from '../auth/credentials.ts'
import type { Credential } from '../auth/credentials.ts'
import { failed, refused } from './refused.ts'
import type { ImageShape, OwnWay, ServerCopy, ServerCopyOrder } from './server-copy.ts'
import type { HarborSettings } from './settings.ts'

/** Where no mount was seen to work yet, so much might go through our hands. */
const WORTH_BYTES = 4 * 1024 * 1024
/** Requests for one manifest: which tags it has, the copy, and a look at it; and once, what has changed below the root. */
const PER_MANIFEST = 3
const ONCE = 5
/** Of one manifest; each costs a question. */
const MOST_ACCESSORIES = 16

export interface HarborAccess {
  readonly send: Send
  /** Scheme, host and port. */
  readonly origin: string
  readonly credential: (repository: Repository) => Promise<Credential | undefined>
}

/**
 * Harbor's copy of artifacts (API v2.0). It copies the tags of what it copies too, over those that are at the
 * destination (goharbor/harbor#16675), so only what has none is asked for: the platforms of an index, or an image
 * that was pushed by digest.
 */
export class HarborCopy implements ServerCopy {
  readonly service = 'harbor'
  readonly wait: number
  readonly #access: HarborAccess

  constructor({ wait }: HarborSettings, access: HarborAccess) {
    this.wait = wait
    this.#access = access
  }

  /** A mount moves no bytes either: where mounts work, this pays only when each blob is looked at after its mount. */
  isWorth({ manifests, blobs }: ImageShape, { deep, mounts }: OwnWay): boolean {
    const bytes = [...blobs.values()].reduce((sum, size) => sum + size, 0)
    if (!mounts && bytes >= WORTH_BYTES) return true
    return deep && blobs.size > PER_MANIFEST * Math.max(1, manifests.size - 1) + ONCE
  }

  async bring(order: ServerCopyOrder): Promise<'done' | { readonly left: string }> {
    const { source, root } = order
    const ask = await this.#asking(order)
    const { manifest, descriptor } = root
    const wanted = manifest.kind === 'index' ? manifest.manifests : [descriptor]
    let brought = 0
    for (const { digest } of wanted) {
      if (await hasTags(ask, source, digest)) continue
      const answer = await ask('POST', copyPath(order, digest))
      // 409: older versions say so when it is there.
      if (answer.status !== 201 && answer.status !== 409) throw refused(this.#host, answer)
      brought++
    }
    return brought > 0 ? 'done' : { left: 'Harbor would copy its tags too' }
  }

  get #host(): string {
    return new URL(this.#access.origin).host
  }

  /** Asks with the registry's own user and password: its API takes no registry tokens. */
  async #asking({ destination, signal }: ServerCopyOrder): Promise<Ask> {
    const { send, origin, credential } = this.#access
    const found = await credential(destination)
    if (found?.kind !== 'basic')
      throw failed(this.#host, `The API of ${this.#host} needs a user and a password, and there are none.`)
    const headers = { authorization: basic(found.username, found.password), accept: 'application/json' }
    return async (method: Outgoing['method'], path: string) => {
      const url = new URL(`${origin}/api/v2.0/${path}`)
      // A copy is answered when it is done.
      return send({ method, url, headers, signal, patience: this.wait })
    }
  }
}

type Ask = (method: Outgoing['method'], path: string) => Promise<Incoming>

/** Does it, or anything that Harbor would copy along with it, have a tag? @throws SERVER_COPY_FAILED */
async function hasTags(ask: Ask, repository: Repository, digest: Digest): Promise<boolean> {
  const answer = await ask('GET', `${artifactsPath(repository)}/${digest}?with_tag=true&with_accessory=true`)
  const host = repository.registry
  if (answer.status !== 200) throw refused(host, answer)
  const found = answer.body && parseSecretJson(answer.body, 'artifact')
  if (!isObject(found) || found.digest !== digest)
    throw failed(host, `${host} does not answer as Harbor does.`)
  const [tags, accessories, children] = [found.tags, found.accessories, found.references].map(listOf)
  if (!tags || !accessories || !children || tags.length > 0) return true
  const along = [...accessories.map((one) => one.digest), ...children.map((one) => one.child_digest)]
  if (along.length > MOST_ACCESSORIES) return true
  for (const one of along) if (!isDigest(one) || (await hasTags(ask, repository, one))) return true
  return false
}

/** A list of objects; `null` and absence are an empty one. */
function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] | undefined {
  const list = value ?? []
  return Array.isArray(list) && list.every(isObject) ? list : undefined
}

function copyPath({ source, destination }: ServerCopyOrder, digest: Digest): string {
  return `${artifactsPath(destination)}?from=${encodeURIComponent(`${source.name}@${digest}`)}`
}

/** The first part of a name is the project. Slashes in the rest are encoded twice, as Harbor decodes twice. */
function artifactsPath({ name }: Repository): string {
  const [project = '', ...rest] = name.split('/')
  return `projects/${project}/repositories/${encodeURIComponent(encodeURIComponent(rest.join('/')))}/artifacts`
}
