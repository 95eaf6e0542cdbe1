import { fail, isFailure, isObject, limits } from '../../base/index.ts'
import { isTag } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { dump, jsonOf } from '../http/answer.ts'
import type { Answer } from '../http/exchange.ts'
import { nextPage } from '../http/link-header.ts'
import type { StoredManifest } from '../store.ts'
import type { Endpoint } from './endpoint.ts'
import { headManifest, manifestPath } from './manifests.ts'
import { putManifest } from './put-manifest.ts'

const PAGE = 1000

/** All tags, page by page. An unknown repository has none. */
export async function listTags(endpoint: Endpoint): Promise<readonly string[]> {
  const tags = new Set<string>()
  let url: URL | string | undefined = `tags/list?n=${PAGE}`
  for (let page = 0; url && page < limits.pages; page++) {
    const answer: Answer = await endpoint.send(['pull'], {
      method: 'GET',
      url,
      expect: [200, 404],
      follow: true,
      whole: limits.answerBytes,
    })
    if (answer.status === 404) {
      await dump(answer)
      return [...tags]
    }
    for (const tag of tagsIn(await jsonOf(answer), endpoint)) tags.add(tag)
    if (tags.size > limits.tagsPerRepository) throw tooManyTags(endpoint)
    url = nextPage(answer.header('link'), answer.url)
  }
  if (url) throw tooManyTags(endpoint)
  return [...tags]
}

/** Half a list would say of the other half that it is not there. */
function tooManyTags({ where }: Endpoint) {
  return fail(registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `The list of tags does not end within ${limits.pages} pages and ${limits.tagsPerRepository} tags.`,
    where,
  })
}

function tagsIn(json: unknown, endpoint: Endpoint): readonly string[] {
  const tags = isObject(json) ? (json.tags ?? []) : undefined
  if (Array.isArray(tags)) return tags.filter((tag): tag is string => typeof tag === 'string' && isTag(tag))
  throw fail(registryErrors.REGISTRY_ANSWER_INVALID, {
    message: 'The list of tags is not {"name": …, "tags": […]}.',
    where: endpoint.where,
  })
}

/**
 * Points a tag at a manifest. Conditional headers are sent for registries that honour them; what counts is
 * reading before and after (distribution-spec has no compare-and-swap). @throws TAG_CONFLICT
 */
export async function moveTag(
  endpoint: Endpoint,
  tag: string,
  manifest: StoredManifest,
  expected: Digest | 'absent' | undefined,
): Promise<void> {
  if (expected !== undefined) {
    const current = await headManifest(endpoint, tag)
    if (current?.digest === manifest.descriptor.digest) return
    if ((current?.digest ?? 'absent') !== expected) throw conflict(endpoint, tag, current, expected)
  }
  await writeTag(endpoint, tag, manifest, expected)
}

/** The write and the read after it, for callers that have just looked. @throws TAG_CONFLICT */
export async function writeTag(
  endpoint: Endpoint,
  tag: string,
  manifest: StoredManifest,
  expected: Digest | 'absent' | undefined,
): Promise<void> {
  try {
    await putManifest(endpoint, manifestPath(endpoint, tag), manifest, condition(expected))
  } catch (error) {
    if (!isFailure(error) || error.detail.status !== 412) throw error
    const now = await headManifest(endpoint, tag)
    // Whoever was faster wanted the same.
    if (now?.digest === manifest.descriptor.digest) return
    throw conflict(endpoint, tag, now, expected, error)
  }
  await requireTag(endpoint, tag, manifest.descriptor.digest)
}

/**
 * Writes a manifest under several tags. One PUT with `?tag=` for each where the registry answers with OCI-Tag
 * (distribution-spec "pushing manifests with tags"), one PUT for each tag elsewhere.
 */
export async function pointTags(
  endpoint: Endpoint,
  tags: readonly string[],
  manifest: StoredManifest,
  absent: readonly string[] = [],
): Promise<void> {
  const { abilities } = endpoint
  const free = tags.filter((tag) => !absent.includes(tag))
  const together = free.length > 1 && abilities.multiTag !== false
  const set = together ? await putTogether(endpoint, free, manifest) : new Set<string>()
  if (together) abilities.multiTag = free.every((tag) => set.has(tag))
  const left = tags.filter((tag) => !set.has(tag))
  await Promise.all(
    left.map((tag) => putByTag(endpoint, tag, manifest, absent.includes(tag) ? 'absent' : undefined)),
  )
}

/** The tags that the registry says it has set. */
async function putTogether(
  endpoint: Endpoint,
  tags: readonly string[],
  manifest: StoredManifest,
): Promise<ReadonlySet<string>> {
  const query = new URLSearchParams(tags.map((tag): [string, string] => ['tag', tag]))
  const url = `${manifestPath(endpoint, manifest.descriptor.digest)}?${query.toString()}`
  const answer = await putManifest(endpoint, url, manifest)
  return new Set(answer.headers('oci-tag').flatMap((value) => value.split(',').map((tag) => tag.trim())))
}

/** The write, and the read after it where the registry does not say what it stored. @throws TAG_CONFLICT */
async function putByTag(
  endpoint: Endpoint,
  tag: string,
  manifest: StoredManifest,
  expected: 'absent' | undefined,
): Promise<void> {
  const { digest } = manifest.descriptor
  try {
    const answer = await putManifest(endpoint, manifestPath(endpoint, tag), manifest, condition(expected))
    if (answer.header('docker-content-digest') === digest) return
  } catch (error) {
    // Registries with immutable tags (ECR) refuse even what the tag says already.
    if (!isFailure(error, registryErrors.REGISTRY_REFUSED)) throw error
    const stands = await headManifest(endpoint, tag)
    if (stands?.digest === digest) return
    throw error.detail.status === 412 ? conflict(endpoint, tag, stands, expected, error) : error
  }
  await requireTag(endpoint, tag, digest)
}

async function requireTag(endpoint: Endpoint, tag: string, digest: Digest): Promise<void> {
  const after = await headManifest(endpoint, tag)
  if (after?.digest !== digest) throw conflict(endpoint, tag, after, digest)
}

function condition(expected: Digest | 'absent' | undefined): Record<string, string> {
  if (expected === undefined) return {}
  return expected === 'absent' ? { 'if-none-match': '*' } : { 'if-match': `"${expected}"` }
}

function conflict(
  endpoint: Endpoint,
  tag: string,
  found: Descriptor | undefined,
  expected: Digest | 'absent' | undefined,
  cause?: unknown,
) {
  const now = found ? `is at ${found.digest}` : 'does not exist'
  const wanted = expected === 'absent' ? 'expected no such tag' : `expected ${expected ?? 'another state'}`
  return fail(registryErrors.TAG_CONFLICT, {
    message: `Tag "${tag}" in ${endpoint.where} ${now}, ${wanted}.`,
    where: `${endpoint.where}:${tag}`,
    detail: { tag, found: found?.digest, expected },
    cause,
  })
}
