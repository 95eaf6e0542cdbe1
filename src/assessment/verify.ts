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
 * Of several proven times the earliest counts, so that a copy without its timestamp, or with a later one, changes nothing.
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
    const before = valid.get(said)
    valid.set(said, before ? { ...before, provenOn: earlier(before, judged) } : judged)
  }
  return { valid: [...valid.values()], unusable }
}

/** Of what copies of one statement prove, the earliest. */
export function earlier(...copies: readonly VerifiedStatement[]): string | undefined {
  return copies.flatMap(({ provenOn }) => provenOn ?? []).toSorted()[0]
}

/** When and where evidence in this store is judged: a signer may be trusted for some repositories only. */
export function circumstances(store: ImageStore, now: Date): Circumstances {
  return { now, ...(store.repository && { repository: formatRepository(store.repository) }) }
}
