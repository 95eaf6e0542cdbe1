import { sbomOf, severities, vulnerabilityScan } from '../attestation/index.ts'
import type { Statement } from '../attestation/index.ts'

/** A vulnerability scan in one line: who looked, at which platform, and how much was found of each severity. */
export function scanSummary(statement: Statement): { readonly summary: string } | undefined {
  const scan = vulnerabilityScan(statement)
  if (!scan) return undefined
  const { tool, vulnerabilities, unlisted = 0, platform } = scan
  const counts = severities.flatMap((severity) => {
    const number = vulnerabilities.filter((one) => one.severity === severity).length
    return number === 0 ? [] : [`${number} ${severity}`]
  })
  const found = [...counts, ...(unlisted > 0 ? [`${unlisted} not listed`] : [])].join(', ') || 'nothing found'
  return { summary: `${tool.name}: ${found}${platform === undefined ? '' : ` (${platform})`}` }
}

const NAMES = { cyclonedx: 'CycloneDX', spdx: 'SPDX' } as const

/** An SBOM in one line: its form, and how much it lists. */
export function sbomSummary(statement: Statement): { readonly summary: string } | undefined {
  const sbom = sbomOf(statement)
  if (!sbom) return undefined
  const { format, specVersion, components } = sbom
  const number = `${components.length} ${components.length === 1 ? 'component' : 'components'}`
  return { summary: `${NAMES[format]} ${specVersion} SBOM, ${number}` }
}
