import type { UnusableStatement, VerifiedStatement } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { verifySigned } from '../signing/index.ts'
import type { SignedContent, TrustPolicy } from '../signing/index.ts'
import { collect } from './collect.ts'
import { circumstances, earlier } from './verify.ts'

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
    ...pieces.flatMap((piece, index) =>
      isRepeated(piece, pieces.slice(0, index)) ? [] : bestOf(piece, pieces),
    ),
    ...unreadable.map((judged) => ({ content: undefined, judged })),
  ]
}

/** What one signer said before in the same bytes: bundle and legacy tag, or signed twice. Bundles come first. */
function isRepeated({ judged }: Piece, before: readonly Piece[]): boolean {
  return !('state' in judged) && before.some(({ judged: other }) => saysTheSame(judged, other))
}

function saysTheSame(
  said: VerifiedStatement,
  other: VerifiedStatement | UnusableStatement,
): other is VerifiedStatement {
  return !('state' in other) && other.payload === said.payload && other.signer.id === said.signer.id
}

/** Of copies in one form the one that proves the most: a copy without its timestamp must not stand for the other. */
function bestOf(piece: Piece, all: readonly Piece[]): Piece {
  const { content, judged } = piece
  if ('state' in judged) return piece
  const copies = all.flatMap((one) =>
    saysTheSame(judged, one.judged) ? [{ ...one, judged: one.judged }] : [],
  )
  const provenOn = earlier(...copies.map((copy) => copy.judged))
  const best = copies.find(
    (copy) => copy.content?.format === content?.format && copy.judged.provenOn === provenOn,
  )
  const { content: shown, judged: found } = best ?? { content, judged }
  return { content: shown, judged: { ...found, provenOn } }
}
