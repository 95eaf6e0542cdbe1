import { formatDuration } from '../base/index.ts'
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
 * The proven time where there is one, else what the statement says of itself. A timestamp proves that something existed
 * by then, not that it was made then: anybody can have an old signature timestamped today. So what says of itself that
 * it is older is as old as it says.
 */
export function dateOf(
  { provenOn }: Pick<VerifiedStatement, 'provenOn'>,
  claimed: string | undefined,
): Dated {
  const times = [provenOn, claimed].flatMap((text) => (text === undefined ? [] : Date.parse(text)))
  const known = times.filter((time) => !Number.isNaN(time))
  return {
    at: known.length === 0 ? undefined : new Date(Math.min(...known)),
    proven: provenOn !== undefined,
  }
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
