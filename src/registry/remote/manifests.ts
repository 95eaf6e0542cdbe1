import { fail, limits, printableLine } from '../../base/index.ts'
import {
  algorithmOf,
  checkContent,
  digestOf,
  isDigest,
  isMediaType,
  isTag,
  mediaTypes,
  ociErrors,
  parseManifest,
} from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { bodyOf, dump } from '../http/answer.ts'
import type { Answer } from '../http/exchange.ts'
import type { StoredManifest } from '../store.ts'
import type { Endpoint } from './endpoint.ts'

const ACCEPT = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerIndex,
  mediaTypes.dockerManifest,
].join(', ')

/** HEAD; when its headers do not say everything, the manifest itself (they are optional in the specification). */
export async function headManifest(endpoint: Endpoint, name: string): Promise<Descriptor | undefined> {
  const answer = await ask(endpoint, 'HEAD', name)
  await dump(answer)
  if (answer.status === 404) return undefined
  const digest = answer.header('docker-content-digest')
  const mediaType = (answer.header('content-type') ?? '').split(';')[0]?.trim()
  const size = Number(answer.header('content-length') ?? Number.NaN)
  if (!isDigest(digest) || !isMediaType(mediaType) || !Number.isSafeInteger(size) || size === 0)
    return (await getManifest(endpoint, name))?.descriptor
  if (isDigest(name)) requireAsked(name, digest, place(endpoint, name))
  return { mediaType, digest, size }
}

/** GET by tag or digest; the bytes are hashed, and a digest in the header must agree with them. */
export async function getManifest(endpoint: Endpoint, name: string): Promise<StoredManifest | undefined> {
  const answer = await ask(endpoint, 'GET', name)
  if (answer.status !== 404) return readManifest(endpoint, name, answer)
  await dump(answer)
  return undefined
}

/** A manifest by digest, from what was kept or from the repository. */
export async function contentManifest(
  endpoint: Endpoint,
  digest: Digest,
): Promise<StoredManifest | undefined> {
  const kept = await endpoint.content.get(digest)
  const known = kept && keptManifest(kept, digest, place(endpoint, digest))
  if (known) return known
  const found = await getManifest(endpoint, digest)
  if (found) endpoint.content.put(digest, found.bytes)
  return found
}

/** undefined when these bytes are no manifest by themselves: the registry may know what to call them. */
function keptManifest(bytes: Buffer, digest: Digest, where: string): StoredManifest | undefined {
  try {
    const manifest = parseManifest(bytes, '', where)
    return { descriptor: { mediaType: manifest.mediaType, digest, size: bytes.length }, bytes, manifest }
  } catch {
    return undefined
  }
}

/** The text that names a manifest in messages. */
function place(endpoint: Endpoint, name: string): string {
  return `${endpoint.where}${isDigest(name) ? '@' : ':'}${name}`
}

/**
 * Where a manifest is, below the repository. What is neither tag nor digest (`../../v2`, `a?b`) would be another place,
 * asked with this repository's credentials. @throws REFERENCE_INVALID
 */
export function manifestPath(endpoint: Endpoint, name: string): string {
  if (isDigest(name) || isTag(name)) return `manifests/${name}`
  throw fail(ociErrors.REFERENCE_INVALID, {
    message: `Found "${printableLine(name, 140)}", expected a tag or a digest.`,
    where: endpoint.where,
  })
}

async function ask(endpoint: Endpoint, method: 'GET' | 'HEAD', name: string): Promise<Answer> {
  const headers = { accept: ACCEPT }
  return endpoint.send(['pull'], {
    method,
    url: manifestPath(endpoint, name),
    headers,
    expect: [200, 404],
    follow: true,
    whole: limits.manifestBytes,
  })
}

async function readManifest(endpoint: Endpoint, name: string, answer: Answer): Promise<StoredManifest> {
  const where = place(endpoint, name)
  const bytes = await bodyOf(answer, limits.manifestBytes)
  if (!bytes) {
    throw fail(ociErrors.MANIFEST_TOO_LARGE, {
      message: `Found more than ${limits.manifestBytes} bytes, which is the limit.`,
      where,
    })
  }
  const digest = identity(bytes, name, answer.header('docker-content-digest'), where)
  const manifest = parseManifest(bytes, answer.header('content-type') ?? '', where)
  return { descriptor: { mediaType: manifest.mediaType, digest, size: bytes.length }, bytes, manifest }
}

/** The digest these bytes really have, in the algorithm they were asked or announced in. */
function identity(bytes: Buffer, name: string, announced: string | undefined, where: string): Digest {
  const said = isDigest(announced) ? announced : undefined
  const expected = isDigest(name) ? name : said
  if (expected) checkContent(bytes, { digest: expected }, where)
  if (expected && said && algorithmOf(said) === algorithmOf(expected)) requireAsked(expected, said, where)
  return expected ?? digestOf(bytes)
}

function requireAsked(asked: Digest, said: Digest, where: string): void {
  if (asked === said || algorithmOf(asked) !== algorithmOf(said)) return
  throw fail(ociErrors.DIGEST_MISMATCH, {
    message: `Asked for ${asked}, the registry says it answered with ${said}.`,
    where,
  })
}
