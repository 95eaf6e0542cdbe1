import { limits } from '../base/index.ts'
import { isTag } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import { contentHeaders, Refusal, refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import { requireConditions } from './conditions.ts'
import { readBody } from './exchange.ts'
import { describe, digestFor, resolve } from './manifests.ts'
import type { RepositoryName, Target } from './names.ts'
import { writing } from './parts.ts'
import type { Call, Parts } from './parts.ts'
import { readPushed } from './pushed-manifest.ts'
import type { PushedManifest } from './pushed-manifest.ts'

/** `PUT /v2/<name>/manifests/<tag or digest>` (end-7a), or by digest with `?tag=` as often as wanted (end-7b). */
export async function putManifest(
  call: Call,
  name: RepositoryName,
  target: Target | undefined,
): Promise<Answer> {
  const { parts, exchange } = call
  if (!target)
    throw refusal(400, 'MANIFEST_INVALID', 'what follows "manifests/" is neither a tag nor a digest')
  const bytes = await readBody(exchange, limits.manifestBytes, 'MANIFEST_INVALID')
  const digest = digestFor(bytes, target)
  const pushed = readPushed(bytes, exchange.headers['content-type'])
  const tags = tagsFor(target, exchange.query)
  await writing(parts, name, async () => {
    await checkConditions(call, name, target, tags)
    await checkReferences(parts, name, pushed)
    await store(parts, name, { bytes, digest, pushed })
    for (const tag of tags) await parts.repositories.setTag(name, tag, digest)
  })
  return {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${digest}`,
      ...contentHeaders(digest),
      ...(target.kind === 'digest' && tags.length > 0 && { 'oci-tag': tags.join(', ') }),
      ...(pushed.subject && parts.referrersApi && { 'oci-subject': pushed.subject }),
    },
  }
}

function tagsFor(target: Target, query: URLSearchParams): readonly string[] {
  if (target.kind === 'tag') return [target.tag]
  const tags = [...new Set(query.getAll('tag'))]
  const wrong = tags.find((tag) => !isTag(tag))
  if (wrong === undefined) return tags
  throw refusal(400, 'MANIFEST_INVALID', `"${wrong.slice(0, 140)}" is not a tag`)
}

/** With tags the conditions speak of every tag, without of the manifest. All hold, or nothing is written. */
async function checkConditions(
  call: Call,
  name: RepositoryName,
  target: Target,
  tags: readonly string[],
): Promise<void> {
  const subjects: readonly Target[] = tags.length > 0 ? tags.map((tag) => ({ kind: 'tag', tag })) : [target]
  for (const subject of subjects) {
    const current = await resolve(call.parts, name, subject)
    requireConditions(call.exchange.headers, current, describe(subject))
  }
}

/** All that is missing is told at once, so that a client needs one try and not one per blob. */
async function checkReferences(parts: Parts, name: RepositoryName, pushed: PushedManifest): Promise<void> {
  if (parts.sparse) return
  const missing: Digest[] = []
  for (const reference of pushed.references) {
    if (!(await holds(parts, name, reference))) missing.push(reference.digest)
  }
  if (missing.length === 0) return
  const message = 'the manifest refers to content this repository does not hold'
  const errors = [...new Set(missing)].map(
    (detail) => ({ code: 'MANIFEST_BLOB_UNKNOWN', message, detail }) as const,
  )
  throw new Refusal(400, errors)
}

async function holds(
  parts: Parts,
  name: RepositoryName,
  reference: PushedManifest['references'][number],
): Promise<boolean> {
  if (reference.kind === 'child' && (await parts.repositories.manifest(name, reference.digest))) return true
  return parts.repositories.hasBlob(name, reference.digest)
}

interface Content {
  readonly bytes: Buffer
  readonly digest: Digest
  readonly pushed: PushedManifest
}

async function store(parts: Parts, name: RepositoryName, content: Content): Promise<void> {
  const { bytes, digest, pushed } = content
  const { mediaType, subject, artifactType, annotations } = pushed
  await parts.blobs.put(bytes, digest)
  const entry = { mediaType, size: bytes.length, ...(subject && { subject }) }
  const referrer: Descriptor = {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType !== undefined && { artifactType }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  }
  await parts.repositories.putManifest(name, digest, entry, subject && referrer)
}
