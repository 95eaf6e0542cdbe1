import * as z from 'zod'
import type { Finding, Severity } from '../../attestation/index.ts'
import type { Facts } from '../facts.ts'
import { judgeFindings } from '../findings-gate.ts'
import { matchesGlob } from '../glob.ts'
import type { Judgement } from '../judgement.ts'
import { nonEmpty } from '../options.ts'
import { maxAge, severityList, signers, tools } from '../report-options.ts'

export const misconfigurationOptions = z.strictObject({
  block: severityList
    .optional()
    .describe('Severities that may not be there. Default: critical and high, unless ids decide.'),
  ids: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('Checks that may not fail, whatever their severity; * is a wildcard. CKV_AWS_21, DL3002.'),
  tools,
  allowSuppressed: z.boolean().default(true).describe('Let through what was set aside in the scanned tree.'),
  maxAge,
  signers,
})

export type MisconfigurationOptions = z.output<typeof misconfigurationOptions>

/**
 * Somebody checked configuration files and none of the named checks, or checks of the named severities, failed. A
 * check that nobody rated (checkov without an API key) blocks unless ids decide.
 */
export function judgeMisconfiguration(options: MisconfigurationOptions, facts: Facts): Judgement {
  const { ids = [], tools: wanted, allowSuppressed, maxAge: age, signers: counted } = options
  const blocked = blockedSeverities(options)
  const blocks = (finding: Finding) =>
    blocked.includes(finding.severity) || ids.some((id) => isCheck(finding.id, id))
  return judgeFindings(
    {
      gate: 'misconfiguration',
      kinds: ['misconfiguration', 'lint'],
      scan: 'check of configuration',
      noun: 'failed check',
      blocks,
      severities: blocked,
      byId: ids.length > 0,
      tools: wanted,
      allowSuppressed,
      maxAge: age,
      signers: counted,
    },
    facts,
  )
}

function blockedSeverities({ block, ids }: MisconfigurationOptions): readonly Severity[] {
  if (ids) return block ?? []
  return [...new Set<Severity>([...(block ?? ['critical', 'high']), 'unknown'])]
}

function isCheck(found: string, wanted: string): boolean {
  return matchesGlob(found, wanted) || plain(found) === plain(wanted)
}

/** Trivy's checks were respelt: DS002, AVD-DS-0002 and DS-0002 are one. */
function plain(id: string): string {
  const [, letters, digits] = /^(?:AVD-)?([A-Z]+)-?0*(\d+)$/.exec(id) ?? []
  return letters === undefined ? id : `${letters}-${digits}`
}
