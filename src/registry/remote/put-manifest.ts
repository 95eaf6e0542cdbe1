import { fail } from '../../base/index.ts'
import { algorithmOf, isDigest } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { dump } from '../http/answer.ts'
import type { Answer } from '../http/exchange.ts'
import type { StoredManifest } from '../store.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * Writes a manifest under a tag or its digest (distribution-spec "pushing manifests"). `url`: below the repository.
 * The answer's body is gone. @throws COPY_INCOMPLETE when the registry says it stored something else
 */
export async function putManifest(
  endpoint: Endpoint,
  url: string,
  { descriptor, bytes }: StoredManifest,
  conditions: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const answer = await endpoint.send(['pull', 'push'], {
    method: 'PUT',
    url,
    headers: { 'content-type': descriptor.mediaType, ...conditions },
    body: bytes,
    expect: [200, 201, 202],
  })
  await dump(answer)
  requireStored(endpoint, answer, descriptor.digest)
  return answer
}

/** The registry's own word on what it has just stored, when it gives one. @throws COPY_INCOMPLETE */
function requireStored(endpoint: Endpoint, answer: Answer, digest: Digest): void {
  const said = answer.header('docker-content-digest')
  if (!isDigest(said) || said === digest || algorithmOf(said) !== algorithmOf(digest)) return
  throw fail(registryErrors.COPY_INCOMPLETE, {
    message: `Sent manifest ${digest} to ${endpoint.where}; the registry says it stored ${said}.`,
    where: endpoint.where,
  })
}
