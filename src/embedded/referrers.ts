import { mediaTypes, isDigest } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import { refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import type { RepositoryName } from './names.ts'
import { nextLink } from './paging.ts'
import type { Call } from './parts.ts'

/** Clients bound what they read, so a page stays below a manifest's largest size (bytes), one entry at least. */
const PAGE_BYTES = 3 * 1024 * 1024

/** `GET /v2/<name>/referrers/<digest>`, optionally with `artifactType` (end-12). */
export async function listReferrers(call: Call, name: RepositoryName, subject: Digest): Promise<Answer> {
  const { parts, exchange } = call
  if (!parts.referrersApi) throw refusal(404, 'UNSUPPORTED', 'this registry has no referrers API')
  const wanted = exchange.query.get('artifactType')
  const { manifests, next } = await readPage(call, name, subject, wanted)
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }
  const again = { ...(wanted !== null && { artifactType: wanted }) }
  return {
    status: 200,
    headers: {
      'content-type': mediaTypes.ociIndex,
      ...(wanted !== null && { 'oci-filters-applied': 'artifactType' }),
      ...(next && { link: nextLink(exchange.path, { ...again, last: next }) }),
    },
    body: Buffer.from(JSON.stringify(index)),
  }
}

async function readPage(
  call: Call,
  name: RepositoryName,
  subject: Digest,
  wanted: string | null,
): Promise<{ readonly manifests: readonly Descriptor[]; readonly next?: Digest }> {
  const last = call.exchange.query.get('last')
  const manifests: Descriptor[] = []
  let size = 0
  for await (const referrer of call.parts.repositories.referrers(
    name,
    subject,
    isDigest(last) ? last : undefined,
  )) {
    if (wanted !== null && referrer.artifactType !== wanted) continue
    size += JSON.stringify(referrer).length
    const previous = manifests.at(-1)
    if (previous && size > PAGE_BYTES) return { manifests, next: previous.digest }
    manifests.push(referrer)
  }
  return { manifests }
}
