import type { Evidence, UnusableStatement, VerifiedStatement } from '../attestation/index.ts'
import { formatRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { verifySigned } from '../signing/index.ts'
import type { Circumstances, SignedContent, TrustPolicy } from '../signing/index.ts'

/**
 * Signed contents → evidence under the trust policy. Valid, invalid and foreign are kept apart;
 * the same payload found twice (bundle and legacy tag) counts once.
 */
export function verifyAll(
  contents: readonly SignedContent[],
  subject: Digest,
  trust: TrustPolicy,
  at: Circumstances,
): Evidence {
  const valid = new Map<Digest, VerifiedStatement>()
  const unusable: UnusableStatement[] = []
  for (const content of contents) {
    const judged = verifySigned(content, subject, trust, at)
    if ('state' in judged) unusable.push(judged)
    else if (!valid.has(judged.payload)) valid.set(judged.payload, judged)
  }
  return { valid: [...valid.values()], unusable }
}

/** When and where evidence in this store is judged: a signer may be trusted for some repositories only. */
export function circumstances(store: ImageStore, now: Date): Circumstances {
  return { now, ...(store.repository && { repository: formatRepository(store.repository) }) }
}
