import type { KnownVulnerability } from './same-vulnerability.ts'
import { mergeVulnerabilities, namesOf, withoutVersion } from './same-vulnerability.ts'
import type { VulnerabilityScan } from './vulnerability-scan.ts'

/** What changed between two scans. An upgraded package that still has a flaw has kept it. */
export interface ScanDifference {
  readonly introduced: readonly KnownVulnerability[]
  readonly fixed: readonly KnownVulnerability[]
  /** As the later scan tells of them. */
  readonly kept: readonly KnownVulnerability[]
}

type Found = Pick<VulnerabilityScan, 'vulnerabilities'>

/** Compares what two scans found, by id or alias and package, whatever the package's version. */
export function compareScans(before: Found, after: Found): ScanDifference {
  const [old, now] = [before, after].map(({ vulnerabilities }) =>
    mergeVulnerabilities(vulnerabilities, withoutVersion()),
  )
  const isOld = oneOf(old ?? [])
  const isNow = oneOf(now ?? [])
  return {
    introduced: (now ?? []).filter((one) => !isOld(one)),
    fixed: (old ?? []).filter((one) => !isNow(one)),
    kept: (now ?? []).filter(isOld),
  }
}

/** Says whether a vulnerability is one of these. */
export function oneOf(known: VulnerabilityScan['vulnerabilities']) {
  const packageKey = withoutVersion()
  const names = new Set(known.flatMap((one) => namesOf(one, packageKey)))
  return (one: KnownVulnerability): boolean => namesOf(one, packageKey).some((name) => names.has(name))
}
