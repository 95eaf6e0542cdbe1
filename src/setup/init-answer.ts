import type { CiSystem } from './init/project.ts'

export interface InitCommand {
  /** Folder of the project, relative to the current directory. Default: the current directory. */
  readonly directory?: string
  readonly application?: string
  /** `registry.example.com/team`, or a template with `{environment}` or `{application}` in it. */
  readonly registry?: string
  readonly environments?: readonly string[]
  readonly ci?: CiSystem | 'none'
  /** Folder for private keys, relative to the current directory. Default: `waybill/keys/<application>` in the user's configuration folder. */
  readonly keys?: string
  /** Take what was found instead of asking. */
  readonly yes?: boolean
  readonly dryRun?: boolean
}

export interface WrittenFile {
  /** Absolute. */
  readonly path: string
  /** One line: what it is for. */
  readonly about: string
  readonly state: 'created' | 'kept' | 'planned'
}

export interface InitAnswer {
  readonly kind: 'init'
  readonly outcome: 'created' | 'planned'
  readonly application: string
  readonly directory: string
  readonly environments: readonly { readonly name: string; readonly repository: string }[]
  readonly files: readonly WrittenFile[]
  /** Secrets that the CI system must hold: variable → file with its value. */
  readonly secrets: readonly { readonly variable: string; readonly file: string }[]
  /** Command lines to go on with. */
  readonly next: readonly { readonly line: string; readonly about: string }[]
}
