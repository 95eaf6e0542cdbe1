import type { Digest } from '../oci/index.ts'
import type { BarredDigest, PromotionRecord } from './promotion.ts'

/** What a record says of itself, as far as it bars digests or lets them in. */
type Step = Pick<PromotionRecord, 'kind' | 'sequence' | 'image' | 'finishedOn' | 'reason'>

/**
 * The digests that are barred after one more record. A rollback bars what it left. An ordinary promotion of a digest
 * lets it in again: the gate `quarantine` passed it. A forced one (break-glass) is for once and lifts nothing.
 * @param left what the environment held before
 */
export function barredAfter(
  before: readonly BarredDigest[],
  left: Digest | undefined,
  step: Step,
): readonly BarredDigest[] {
  if (step.kind === 'promote') return before.filter(({ digest }) => digest !== step.image.digest)
  if (step.kind !== 'rollback' || left === undefined || left === step.image.digest) return before
  const { sequence, finishedOn: since, reason } = step
  const others = before.filter(({ digest }) => digest !== left)
  return [...others, { digest: left, sequence, since, ...(reason && { reason }) }]
}
