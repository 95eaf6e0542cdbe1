import type { Clock } from '../../base/index.ts'
import type { Config } from '../../config/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import type { Wired } from '../../wiring/index.ts'
import type { DoctorCommand, Finding } from '../doctor-answer.ts'

/** Everything an examination may look at. Nothing is contacted before it is needed. */
export interface Patient {
  readonly config: Config
  readonly wired: Wired
  /** A client that an interrupt does not stop, for some seconds: to take back what was written. To be closed. */
  readonly afterwards: () => RegistryClient
  readonly command: DoctorCommand
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly clock: Clock
}

export type Examination = (patient: Patient) => Promise<readonly Finding[]>
