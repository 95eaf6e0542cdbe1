import { WaybillError } from '../../base/index.ts'
import type { ReportClaim } from '../../tools/index.ts'
import type { CheckResult } from '../check-outcome.ts'

/** What became of one check, and what is to be signed about it. */
export interface Checked {
  readonly result: Omit<CheckResult, 'milliseconds'>
  readonly claims: readonly ReportClaim[]
}

/** A result without findings. */
export const NOTHING: Pick<CheckResult, 'kinds' | 'findings' | 'setAside' | 'counts'> = {
  kinds: [],
  findings: [],
  setAside: [],
  counts: { found: 0, counted: 0, mild: 0, suppressed: 0 },
}

/** The result of a check that something kept from telling. What is a defect of Waybill itself is thrown on. */
export function couldNotTell(
  about: Pick<CheckResult, 'check' | 'application' | 'tool' | 'commits'>,
  error: unknown,
): Checked {
  if (!(error instanceof WaybillError)) throw error
  const { code, message, next } = error
  return { result: { ...about, ...NOTHING, result: 'error', reason: message, code, next }, claims: [] }
}
