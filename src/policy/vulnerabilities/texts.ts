import type { KnownVulnerability } from '../../attestation/index.ts'
import { printableLine } from '../../base/index.ts'
import { ageText } from '../freshness.ts'
import { listed } from '../judgement.ts'
import type { Scan } from './scans.ts'

/** `libssl3 3.0.1, fixed in 3.0.2`. */
export function aboutFinding({ package: of, fixedIn }: KnownVulnerability): string {
  const where = of ? `${of.name}${of.version ? ` ${of.version}` : ''}` : 'no package named'
  const fix = fixedIn.length > 0 ? `, fixed in ${fixedIn.slice(0, 3).join(' or ')}` : ''
  return printableLine(`${where}${fix}`, 160)
}

/** `trivy 0.74.0`. */
export function toolName({ found: { tool } }: Scan): string {
  return printableLine(`${tool.name}${tool.version ? ` ${tool.version}` : ''}`, 80)
}

/** `trivy 0.74.0 (2h ago by its own account) and grype 0.116.0 (1h ago)`; each tool once, by its oldest scan. */
export function scannedBy(scans: readonly Scan[], now: Date): string {
  const oldest = new Map<string, Scan>()
  for (const scan of scans) {
    const known = oldest.get(toolName(scan))
    if (!known || timeOf(scan) < timeOf(known)) oldest.set(toolName(scan), scan)
  }
  return listed([...oldest].map(([name, scan]) => `${name} (${whenScanned(scan, now)})`))
}

function whenScanned({ dated }: Scan, now: Date): string {
  if (!dated.at) return 'at no known time'
  return `${ageText(now.getTime() - dated.at.getTime())} ago${dated.proven ? '' : ' by its own account'}`
}

const timeOf = ({ dated }: Scan) => dated.at?.getTime() ?? Number.NEGATIVE_INFINITY
