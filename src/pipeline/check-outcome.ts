import type { Finding, ReportKind } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'

export interface CheckCommand {
  /** Default: every application. */
  readonly application?: string
  /** Names of checks or suites; default: all. */
  readonly only?: readonly string[]
  /** Folder that raw reports are kept in, relative to the current directory. */
  readonly reports?: string
  /** File that the signed statements about the commit are written to, one bundle per line. */
  readonly evidence?: string
  readonly dryRun?: boolean
}

/** What one tool looked for and found. */
export interface CheckResult {
  /** `gitleaks`, `checkov`, the name of a command or suite. */
  readonly check: string
  /** Whose it is, when not every application's. */
  readonly application?: string
  /** fail: a finding that counts. error: it could not tell. missing: the tool is not here and may be. */
  readonly result: 'pass' | 'fail' | 'error' | 'missing' | 'planned'
  /** One line. */
  readonly reason: string
  readonly tool?: {
    readonly name: string
    readonly version?: string
    /** sha256 of the executable, or the image's digest. */
    readonly digest?: Digest
    readonly path?: string
    readonly image?: string
  }
  /** Only of a dry run: the program's arguments. */
  readonly command?: readonly string[]
  readonly kinds: readonly ReportKind[]
  /** Those that count against it, worst first, at most 100. */
  readonly findings: readonly Finding[]
  /** Those that do not, because they were set aside; at most 100. */
  readonly setAside: readonly Finding[]
  /** found = counted + mild + suppressed. */
  readonly counts: {
    readonly found: number
    readonly counted: number
    /** Below what fails the check. */
    readonly mild: number
    /** Set aside, in the tree or by `ignore`. */
    readonly suppressed: number
  }
  /** Of what looks at a history. */
  readonly commits?: string
  readonly milliseconds: number
  /** Of an error: its code, and what to do. */
  readonly code?: string
  readonly next?: string
}

export interface CheckOutcome {
  readonly kind: 'check' | 'test'
  readonly outcome: 'pass' | 'fail' | 'error' | 'planned'
  readonly applications: readonly string[]
  readonly commit?: string
  readonly dirty?: boolean
  readonly checks: readonly CheckResult[]
  /** Signed statements about the commit. */
  readonly evidence?: { readonly file: string; readonly statements: number }
}
