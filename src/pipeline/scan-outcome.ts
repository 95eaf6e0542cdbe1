import type { ReportKind } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'

/** One thing that a tool found out about one platform of an image. */
export interface ImageCheck {
  /** `trivy`, `grype`, `syft`, `container-structure-test`, `builder`… */
  readonly check: string
  readonly kind: ReportKind
  readonly platform: string
  /** The platform's manifest. */
  readonly digest: Digest
  /** already: this is signed and attached since an earlier run. */
  readonly outcome: 'attached' | 'already' | 'planned'
  /** One line. */
  readonly summary: string
  /** Findings by severity, or tests by `passed`, `failed` and `skipped`. */
  readonly counts: Readonly<Record<string, number>>
  readonly tool: { readonly name: string; readonly version?: string; readonly digest?: Digest }
  /** When the scanner's database was made, RFC 3339. */
  readonly databaseOn?: string
  /** The distribution in the image gets no more updates, so that nothing found means nothing. */
  readonly endOfLife?: boolean
  /** Of the signed statement. */
  readonly payload?: Digest
}

export interface ScanCommand {
  readonly application: string
  /** A reference, `layout:DIR[@digest|:tag]`, or a tag or digest in the environment's repository. */
  readonly image: string
  /** Where a bare tag or digest is looked up. Default: the environment that takes builds, else the first. */
  readonly environment?: string
  /** Default: what the application's build block names. */
  readonly with?: readonly ('trivy' | 'grype')[]
  readonly sbom?: 'syft' | 'trivy' | 'cdxgen' | 'builder'
  /** Test file, relative to the current directory. */
  readonly structure?: string
  readonly dryRun?: boolean
}

/** What `waybill scan` tells. It judges nothing. */
export interface ScanOutcome {
  readonly kind: 'scan'
  readonly outcome: 'attached' | 'already' | 'planned'
  readonly application: string
  /** `host/path`, or `layout:DIR`. */
  readonly repository: string
  readonly digest: Digest
  readonly platforms: readonly { readonly platform: string; readonly digest: Digest }[]
  readonly checks: readonly ImageCheck[]
}
