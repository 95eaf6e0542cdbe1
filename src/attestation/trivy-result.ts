import * as z from 'zod'
import type { Digest } from '../oci/index.ts'
import { isDigest } from '../oci/index.ts'
import { greatest } from './same-vulnerability.ts'
import { rateSeverity } from './severity.ts'
import type { ScanScope } from './report.ts'
import type { Vulnerability, VulnerabilityScan } from './vulnerability-scan.ts'

const text = z.string().min(1).max(4096)
const score = z.number().min(0).max(10).optional()

const vulnerability = z.object({
  VulnerabilityID: text,
  PkgName: z.string().max(4096).optional(),
  PkgIdentifier: z.object({ PURL: z.string().max(4096).optional() }).nullish(),
  InstalledVersion: z.string().max(4096).optional(),
  FixedVersion: z.string().max(4096).optional(),
  Status: z.string().max(100).optional(),
  Severity: z.string().max(100).optional(),
  CVSS: z.record(z.string(), z.object({ V2Score: score, V3Score: score, V40Score: score })).nullish(),
})

const list = z.array(z.record(z.string(), z.unknown())).nullish()

const result = z.object({
  Target: z.string().optional(),
  Class: z.string().optional(),
  Type: z.string().optional(),
  Vulnerabilities: z.array(vulnerability).nullish(),
  MisconfSummary: z.object({ Successes: z.number().optional(), Failures: z.number().optional() }).nullish(),
  Misconfigurations: list,
  Secrets: list,
  Licenses: list,
  ExperimentalModifiedFindings: z
    .array(z.object({ Type: z.string(), Status: z.string().optional() }))
    .nullish(),
})

/** A report of Trivy, SchemaVersion 2 (`trivy … --format json`), the parts Waybill reads. */
export const trivyReport = z.object({
  SchemaVersion: z.literal(2),
  Trivy: z.object({ Version: z.string().optional() }).nullish(),
  CreatedAt: z.string().optional(),
  ArtifactName: z.string().optional(),
  ArtifactType: z.string().optional(),
  Metadata: z
    .object({
      OS: z.object({ EOSL: z.boolean().optional() }).nullish(),
      ImageID: z.string().optional(),
      RepoDigests: z.array(z.string()).nullish(),
      ImageConfig: z
        .object({
          architecture: z.string().optional(),
          os: z.string().optional(),
          variant: z.string().optional(),
        })
        .nullish(),
    })
    .nullish(),
  Results: z.array(result).nullish(),
})

export type TrivyReport = z.infer<typeof trivyReport>

const SCOPES = new Map<string, ScanScope>([
  ['container_image', 'image'],
  ['vm', 'image'],
  ['cyclonedx', 'sbom'],
  ['spdx', 'sbom'],
])

/**
 * The vulnerabilities of a Trivy report; undefined when it did not look for any. Trivy writes down neither which
 * scanners ran nor empty results: packages in it mean that it looked, and so does an image without a single result.
 */
export function trivyScan(report: TrivyReport): VulnerabilityScan | undefined {
  const results = report.Results ?? []
  const looked = results.filter((one) => PACKAGES.has(one.Class ?? '') || one.Vulnerabilities)
  const scope = SCOPES.get(report.ArtifactType ?? '') ?? 'source'
  if (looked.length === 0 && (results.length > 0 || scope === 'source')) return undefined
  const platform = platformOf(report)
  return {
    tool: { name: 'trivy', version: report.Trivy?.Version },
    databaseOn: undefined,
    finishedOn: report.CreatedAt,
    vulnerabilities: looked.flatMap((one) => (one.Vulnerabilities ?? []).map(toVulnerability)),
    endOfLife: report.Metadata?.OS?.EOSL ?? false,
    scope,
    platform,
    about: trivySubjects(report),
    suppressed: suppressedIn(report, 'vulnerability'),
  }
}

const PACKAGES = new Set(['os-pkgs', 'lang-pkgs'])

/** How many findings of this type were set aside by an ignore file or VEX, as far as `--show-suppressed` shows them. */
export function suppressedIn(report: TrivyReport, type: string): number {
  const modified = (report.Results ?? []).flatMap((one) => one.ExperimentalModifiedFindings ?? [])
  return modified.filter((one) => one.Type === type).length
}

/**
 * Digests the report says it is about. `RepoDigests` holds the index's digest when an index was asked for, although
 * one platform was looked at; `ImageID` is that platform's config.
 */
export function trivySubjects({ Metadata, ArtifactName }: TrivyReport): readonly Digest[] {
  const named = [...(Metadata?.RepoDigests ?? []), ArtifactName ?? ''].map((name) => name.split('@', 2)[1])
  return [...new Set([...named, Metadata?.ImageID].filter(isDigest))]
}

/** `linux/arm64`; undefined when the report does not say. */
export function platformOf({ Metadata }: TrivyReport): string | undefined {
  const { os, architecture, variant } = Metadata?.ImageConfig ?? {}
  return os && architecture ? [os, architecture, variant].filter(Boolean).join('/') : undefined
}

// VendorIDs are no aliases: one DSA stands for many CVEs.
function toVulnerability(found: z.infer<typeof vulnerability>): Vulnerability {
  const { PkgName, InstalledVersion, PkgIdentifier, FixedVersion, Status, Severity, CVSS } = found
  // Of each source its newest method: version 2 rates higher, and differently.
  const scores = Object.values(CVSS ?? {}).flatMap((one) => one.V40Score ?? one.V3Score ?? one.V2Score ?? [])
  const top = greatest(scores)
  const fixedIn = (FixedVersion ?? '').split(',').flatMap((version) => version.trim() || [])
  return {
    id: found.VulnerabilityID,
    aliases: [],
    severity: rateSeverity([Severity ?? ''], top),
    score: top,
    epss: undefined,
    knownExploited: undefined,
    package: PkgName
      ? { name: PkgName, version: InstalledVersion || undefined, purl: PkgIdentifier?.PURL || undefined }
      : undefined,
    fixedIn,
    // Before it had a status, Trivy said by an empty FixedVersion that there is no fix.
    state: Status ?? (fixedIn.length > 0 ? 'fixed' : 'affected'),
  }
}
