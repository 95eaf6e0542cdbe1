import type { UnusableStatement, VerifiedStatement } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { verifySigned } from '../signing/index.ts'
import type { SignedContent, TrustPolicy } from '../signing/index.ts'
import { collect } from './collect.ts'
import { circumstances } from './verify.ts'

/** One thing that hangs on a digest: what was found, and what it is worth under a trust policy. */
export interface Piece {
  /** As it was found; undefined when it could not be read. */
  readonly content: SignedContent | undefined
  readonly judged: VerifiedStatement | UnusableStatement
}

/** Everything signed about a digest piece by piece: what `evidenceOn` gives, with the bytes it came from. */
export async function piecesOn(
  store: ImageStore,
  digest: Digest,
  trust: TrustPolicy,
  now: Date,
): Promise<readonly Piece[]> {
  const { contents, unreadable } = await collect(store, digest)
  const at = circumstances(store, now)
  const pieces = contents.map((content) => ({ content, judged: verifySigned(content, digest, trust, at) }))
  return [
    ...pieces.filter((piece, index) => !isRepeated(piece, pieces.slice(0, index))),
    ...unreadable.map((judged) => ({ content: undefined, judged })),
  ]
}

/** What one signer said before in the same bytes: bundle and legacy tag, or signed twice. Bundles come first. */
function isRepeated({ judged }: Piece, before: readonly Piece[]): boolean {
  if ('state' in judged) return false
  return before.some(
    ({ judged: other }) =>
      !('state' in other) && other.payload === judged.payload && other.signer.id === judged.signer.id,
  )
}
