import type { Clock, OnStep } from '../../base/index.ts'
import type { Signer, TrustPolicy } from '../../signing/index.ts'
import type { ProgramSettings } from '../../tools/index.ts'

/** What checks and tests need from outside. */
export interface CheckParts {
  /** Absolute; the folder that holds waybill.yaml. */
  readonly directory: string
  /** The job's, without anything that could sign. Tests get it; tools get a scrubbed one. */
  readonly env: NodeJS.ProcessEnv
  /** Where outside tools come from, by name. */
  readonly tools: Readonly<Record<string, ProgramSettings>>
  readonly trust: TrustPolicy
  /** Who signs a predicate type. @throws KEY_UNCONFIGURED, KEY_UNREADABLE… */
  readonly signer: (predicateType: string) => Promise<Signer>
  readonly onStep: OnStep
  readonly signal: AbortSignal
  readonly clock: Clock
}

/** Where results go; absolute paths. */
export interface CheckOutputs {
  /** Folder for the raw reports. */
  readonly reports?: string | undefined
  /** File for the signed statements, and its name as it was given. */
  readonly evidence?: { readonly path: string; readonly shown: string } | undefined
}
