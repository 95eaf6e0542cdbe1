import type { Hold, Waiver } from '../attestation/index.ts'
import { CLOCK_SKEW } from '../policy/index.ts'

/** Something signed that says when. */
interface Said {
  readonly predicate: Pick<Hold | Waiver, 'createdOn'>
}

/**
 * The date of a new word about the same thing, RFC 3339 to the millisecond: now, or just after the latest one. The
 * latest word counts, and another machine's clock may be a little ahead of ours.
 */
export function laterThan(before: readonly Said[], now: Date): string {
  const soon = before.map(({ predicate }) => Date.parse(predicate.createdOn) + 1)
  const counted = soon.filter((time) => time <= now.getTime() + CLOCK_SKEW)
  return new Date(Math.max(now.getTime(), ...counted)).toISOString()
}
