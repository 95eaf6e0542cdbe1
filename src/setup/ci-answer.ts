import type { CiSystem } from './init/project.ts'

export interface CiInitCommand {
  readonly system: CiSystem
  /** Overwrite and remove files that are not as Waybill left them. */
  readonly force?: boolean
  readonly dryRun?: boolean
}

/** `kept`: it is so already, or it is the project's own by now. */
export type CiFileChange = 'created' | 'changed' | 'kept' | 'removed'

export interface CiInitAnswer {
  readonly kind: 'ci-init'
  readonly outcome: 'written' | 'planned' | 'current'
  readonly system: CiSystem
  /** Absolute; paths of files are relative to it. */
  readonly directory: string
  readonly files: readonly {
    readonly path: string
    /** What was done, or with `planned` what would be. */
    readonly change: CiFileChange
    /** Unified diff, with `planned`. */
    readonly diff?: string
  }[]
}

/**
 * stale: as Waybill left it, and no longer what it would write. edited: changed by hand. leftover: of a flow that
 * waybill.yaml no longer asks for.
 */
export type CiFileState = 'current' | 'stale' | 'edited' | 'missing' | 'leftover'

export interface CiCheckAnswer {
  readonly kind: 'ci-check'
  readonly outcome: 'current' | 'behind'
  readonly directory: string
  readonly files: readonly { readonly system: CiSystem; readonly path: string; readonly state: CiFileState }[]
}
