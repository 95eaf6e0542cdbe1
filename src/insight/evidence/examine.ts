import { fail, printableLine, timestamp } from '../../base/index.ts'
import { piecesOn } from '../../assessment/index.ts'
import type { Piece } from '../../assessment/index.ts'
import { hexOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { resolve } from '../../registry/index.ts'
import type { ImageStore } from '../../registry/index.ts'
import type { TrustPolicy } from '../../signing/index.ts'
import { entryOf, inOrder } from '../entries.ts'
import { insightErrors } from '../errors.ts'
import type { EvidenceAnswer, EvidenceFormat, StatementAnswer } from '../evidence-answer.ts'
import { statementIn } from './envelope.ts'
import { exportFiles } from './export-files.ts'
import type { Exportable } from './export-files.ts'

/** Whose evidence is asked about, and under which policy it is judged. */
export interface EvidenceSubject {
  /** As typed, for the answer. */
  readonly reference: string
  readonly store: ImageStore
  readonly name: string
  readonly trust: TrustPolicy
  readonly now: Date
}

/** Everything signed about an image: what counts first, then what does not and why. */
export async function listEvidence(subject: EvidenceSubject): Promise<EvidenceAnswer> {
  const { digest, pieces } = await piecesOf(subject)
  return {
    kind: 'evidence',
    reference: subject.reference,
    digest,
    judgedOn: timestamp(subject.now),
    evidence: inOrder(pieces.map(({ judged }) => entryOf(judged))),
  }
}

/**
 * One piece opened, by the beginning of its payload's or its manifest's digest.
 * @throws EVIDENCE_UNCLEAR when not exactly one begins so
 */
export async function showEvidence(subject: EvidenceSubject, begin: string): Promise<StatementAnswer> {
  const { digest, pieces } = await piecesOf(subject)
  const hex = begin.replace(/^sha256:/, '').toLowerCase()
  const begins = (found: Digest | undefined) => found !== undefined && hexOf(found).startsWith(hex)
  const found = pieces.filter(({ judged }) => begins(judged.payload) || begins(judged.origin.manifest))
  const [only] = found
  if (!only || found.length > 1 || !/^[0-9a-f]+$/.test(hex))
    throw fail(insightErrors.EVIDENCE_UNCLEAR, {
      message: `Found ${found.length} statements whose digest begins with "${printableLine(begin, 80)}", expected one.`,
      where: `${subject.store.location}@${digest}`,
    })
  const statement = only.content && statementIn(only.content)
  return {
    kind: 'statement',
    reference: subject.reference,
    digest,
    evidence: entryOf(only.judged),
    ...(statement !== undefined && { statement }),
  }
}

/** What `evidence export` writes. */
export async function evidenceFiles(
  subject: EvidenceSubject,
  format: EvidenceFormat,
  type: string | undefined,
): Promise<Exportable & { readonly digest: Digest }> {
  const { digest, pieces } = await piecesOf(subject)
  return { digest, ...exportFiles(pieces, format, type) }
}

async function piecesOf({
  store,
  name,
  trust,
  now,
}: EvidenceSubject): Promise<{ readonly digest: Digest; readonly pieces: readonly Piece[] }> {
  const { digest } = (await resolve(store, name)).descriptor
  return { digest, pieces: await piecesOn(store, digest, trust, now) }
}
