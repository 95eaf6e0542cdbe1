import type { Evidence, UnusableStatement, VerifiedStatement } from '../attestation/index.ts'
import { formatRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { verifySigned } from '../signing/index.ts'
import type { Circumstances, SignedContent, TrustPolicy } from '../signing/index.ts'

/**
 * Signed contents → evidence under the trust policy. Valid, invalid and foreign are kept apart;
 * what one signer said twice in the same bytes (bundle and legacy tag) counts once. Another signer's signature over
 * the same bytes is another statement: whoever may approve could otherwise hide a colleague's rejection under a copy.
 */
export function verifyAll(
  contents: readonly SignedContent[],
  subject: Digest,
  trust: TrustPolicy,
  at: Circumstances,
): Evidence {
  const valid = new Map<string, VerifiedStatement>()
  const unusable: UnusableStatement[] = []
  for (const content of contents) {
    const judged = verifySigned(content, subject, trust, at)
    if ('state' in judged) {
      unusable.push(judged)
      continue
    }
    const said = `${judged.signer.id} ${judged.payload}`
    if (!valid.has(said)) valid.set(said, judged)
  }
  return { valid: [...valid.values()], unusable }
}

/** When and where evidence in this store is judged: a signer may be trusted for some repositories only. */
export function circumstances(store: ImageStore, now: Date): Circumstances {
  return { now, ...(store.repository && { repository: formatRepository(store.repository) }) }
}
