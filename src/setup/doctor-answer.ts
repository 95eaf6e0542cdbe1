import type { CheckupGroup } from './doctor/groups.ts'

/** One thing that was looked at. */
export interface Finding {
  readonly group: CheckupGroup
  /** What was looked at: a host, a key, a tool. */
  readonly what: string
  /** problem: the road will stop here. warning: it may. skipped: not asked for, or not possible here. */
  readonly result: 'ok' | 'warning' | 'problem' | 'skipped'
  /** One sentence: what was found. */
  readonly found: string
  /** What to do. */
  readonly fix?: string
}

export interface DoctorAnswer {
  readonly kind: 'doctor'
  readonly outcome: 'well' | 'warnings' | 'problems'
  readonly findings: readonly Finding[]
}

export interface DoctorCommand {
  /** Write a small artifact to each repository and remove it, to see what may be done there. */
  readonly write?: boolean
  readonly only?: readonly CheckupGroup[]
}
