import type { Finding, ReportKind } from '../../attestation/index.ts'
import type { Digest } from '../../oci/index.ts'

export interface CheckCommand {
  readonly application: string
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
  /** fail: a finding that counts. error: it could not tell. missing: the tool is not here and may be. */
  readonly result: 'pass' | 'fail' | 'error' | 'missing' | 'planned'
  /** One line. */
  readonly reason: string
  readonly tool?: { readonly name: string; readonly version?: string; readonly digest?: Digest }
  readonly kinds: readonly ReportKind[]
  /** Those that count against it, worst first, at most 100. */
  readonly findings: readonly Finding[]
  readonly counts: { readonly found: number; readonly counted: number; readonly suppressed: number }
  readonly milliseconds: number
  readonly next?: string
}

export interface CheckOutcome {
  readonly kind: 'check' | 'test'
  readonly outcome: 'pass' | 'fail' | 'error' | 'planned'
  readonly application: string
  readonly commit?: string
  readonly dirty?: boolean
  readonly checks: readonly CheckResult[]
  /** Signed statements about the commit. */
  readonly evidence?: { readonly file: string; readonly statements: number }
}
