import { digestOf } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { contentHeaders, refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import { isUnchanged, requireConditions } from './conditions.ts'
import type { RepositoryName, Target } from './names.ts'
import { writing } from './parts.ts'
import type { Call, Parts } from './parts.ts'

/** `GET` and `HEAD /v2/<name>/manifests/<tag or digest>` (end-3): the exact bytes that were pushed. */
export async function getManifest(
  call: Call,
  name: RepositoryName,
  target: Target | undefined,
): Promise<Answer> {
  const { blobs, repositories } = call.parts
  const digest = target && (await resolve(call.parts, name, target))
  const entry = digest && (await repositories.manifest(name, digest))
  if (!entry) throw unknownManifest(name)
  const headers = { ...contentHeaders(digest), 'content-type': entry.mediaType }
  if (isUnchanged(call.exchange.headers, digest)) return { status: 304, headers: contentHeaders(digest) }
  return { status: 200, headers, body: { file: blobs.pathOf(digest), start: 0, end: entry.size } }
}

/** `DELETE /v2/<name>/manifests/<tag or digest>` (end-9). A tag goes alone; a manifest takes its tags with it. */
export async function deleteManifest(
  call: Call,
  name: RepositoryName,
  target: Target | undefined,
): Promise<Answer> {
  const { parts, exchange } = call
  if (!target) throw unknownManifest(name)
  await writing(parts, name, async () => {
    requireConditions(exchange.headers, await resolve(parts, name, target), describe(target))
    const { repositories } = parts
    const isGone =
      target.kind === 'tag'
        ? await repositories.removeTag(name, target.tag)
        : await repositories.removeManifest(name, target.digest)
    if (!isGone) throw unknownManifest(name)
  })
  return { status: 202, headers: {} }
}

/** The digest a tag or digest stands for now; undefined when the repository does not have it. */
export async function resolve(
  parts: Parts,
  name: RepositoryName,
  target: Target,
): Promise<Digest | undefined> {
  if (target.kind === 'tag') return parts.repositories.tag(name, target.tag)
  return (await parts.repositories.manifest(name, target.digest)) && target.digest
}

/** For messages. */
export function describe(target: Target): string {
  return target.kind === 'tag' ? `tag ${target.tag}` : target.digest
}

/** What pushed bytes are called: the digest asked for when they have it, sha256 under a tag. */
export function digestFor(bytes: Uint8Array, target: Target): Digest {
  if (target.kind === 'tag') return digestOf(bytes)
  const digest = digestOf(bytes, target.digest.startsWith('sha512:') ? 'sha512' : 'sha256')
  if (digest === target.digest) return digest
  throw refusal(400, 'DIGEST_INVALID', 'the manifest received does not have this digest', {
    digest: target.digest,
  })
}

function unknownManifest(name: RepositoryName) {
  return refusal(404, 'MANIFEST_UNKNOWN', 'this repository does not hold that manifest', { name })
}
