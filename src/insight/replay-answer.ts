import type { GateResult } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import type { Verdict } from '../policy/index.ts'

/**
 * What a changed policy makes of one promotion. `refused`: it went in and would not have (also when it would have had
 * to wait). `admitted`: it was forced in and would have been let in. `unclear`: it cannot be told. `not-asked`: no gate
 * is asked on a rollback.
 */
export type ReplayChange = 'unchanged' | 'refused' | 'admitted' | 'unclear' | 'not-asked'

/** One gate before and after; `recorded` is absent for a gate that was not asked then, `replayed` for one no longer asked. */
export interface ReplayedGate {
  readonly gate: string
  readonly recorded?: GateResult
  readonly replayed?: GateResult
  /** Why, as the new policy puts it; for a gate no longer asked as the record puts it. */
  readonly reason: string
}

export interface ReplayedRecord {
  readonly application: string
  readonly environment: string
  readonly sequence: number
  readonly digest: Digest
  readonly kind: 'promote' | 'rollback' | 'break-glass'
  readonly finishedOn: string
  readonly recorded: Verdict['result']
  /** Absent when no gate was asked. */
  readonly replayed?: Verdict['result']
  readonly change: ReplayChange
  /** Gates that say something else than then. */
  readonly gates: readonly ReplayedGate[]
  /** Statements on the image that came after, and were left out. */
  readonly later: number
  /** Why it cannot be told. */
  readonly note?: string
}

export interface ReplayAnswer {
  readonly kind: 'replay'
  /** The policy's file, as it was named. */
  readonly policy: string
  /** RFC 3339. */
  readonly since: string
  readonly counts: Readonly<Record<ReplayChange, number>>
  /** Application by application, environment by environment, newest first. */
  readonly records: readonly ReplayedRecord[]
}
