import { formatDuration, parseInstant } from '../base/index.ts'
import type { VerifiedStatement } from '../attestation/index.ts'
import { CLOCK_SKEW } from './judgement.ts'

/** When a statement was made. */
export interface Dated {
  /** undefined = nobody says, or it cannot be read. */
  readonly at: Date | undefined
  /** True when a timestamp authority or log proves it; otherwise it is the signer's own word. */
  readonly proven: boolean
}

/**
 * The proven time, or what the statement says of itself when that is earlier or all there is. A timestamp proves that
 * something existed by then, not that it was new: anybody can have an old statement stamped today, which must not make
 * it young.
 */
export function dateOf(
  { provenOn }: Pick<VerifiedStatement, 'provenOn'>,
  claimed: string | undefined,
): Dated {
  const known = [provenOn, claimed].flatMap((text) => (text === undefined ? [] : (parseInstant(text) ?? [])))
  return { at: known.length > 0 ? new Date(Math.min(...known)) : undefined, proven: provenOn !== undefined }
}

/**
 * Why it is too old, too new or undated for `maxAge` milliseconds; undefined when it is fresh. The text says whose
 * word the time is: an own account is never passed off as proof.
 */
export function staleness(dated: Dated, maxAge: number, now: Date): string | undefined {
  if (!dated.at) return `has no date, required: not older than ${formatDuration(maxAge)}`
  const age = now.getTime() - dated.at.getTime()
  const account = dated.proven ? '' : ', by its own account'
  if (age < -CLOCK_SKEW) return `is dated ${dated.at.toISOString()}, which is in the future${account}`
  if (age <= maxAge) return undefined
  return `is ${ageText(age)} old${account}, required: not older than ${formatDuration(maxAge)}`
}

/** `26h`, `3d4h`: whole minutes. */
export function ageText(milliseconds: number): string {
  return formatDuration(Math.max(0, Math.floor(milliseconds / 60_000) * 60_000))
}

/** Newest first; what has no date comes last. */
export function newestFirst<T>(entries: readonly T[], dated: (entry: T) => Dated): readonly T[] {
  const time = (entry: T) => dated(entry).at?.getTime() ?? -1
  return entries.toSorted((a, b) => time(b) - time(a))
}
