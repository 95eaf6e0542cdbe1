import { reportIn } from '../../attestation/index.ts'
import type { Finding } from '../../attestation/index.ts'
import type { ReportClaim, ReportHints } from '../report-reader.ts'

/**
 * Hints by which what a run that listened to the tree did not find is set aside, not lost. `heard` undefined: it
 * broke, and everything counts.
 */
export function setAside(
  hints: ReportHints,
  heard: readonly ReportClaim[] | undefined,
  why: string,
): ReportHints {
  if (!heard) return hints
  const live = liveKeys(heard)
  return {
    ...hints,
    setAside: (finding) => hints.setAside?.(finding) ?? (live.has(keyOf(finding)) ? undefined : why),
  }
}

/** What stands in claims, by rule and place. */
function liveKeys(claims: readonly ReportClaim[]): ReadonlySet<string> {
  return new Set(claims.flatMap(({ predicate }) => reportIn(predicate)?.findings ?? []).map(keyOf))
}

function keyOf({ id, location }: Finding): string {
  return `${id} ${location ?? ''}`
}
