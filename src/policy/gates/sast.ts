import * as z from 'zod'
import type { Finding, Severity } from '../../attestation/index.ts'
import type { Facts } from '../facts.ts'
import { judgeFindings } from '../findings-gate.ts'
import type { Judgement } from '../judgement.ts'
import { maxAge, severityList, signers, tools } from '../report-options.ts'

export const sastOptions = z.strictObject({
  block: severityList
    .default(['critical', 'high'])
    .describe('Severities that may not be there. What nobody rated blocks always.'),
  newOnly: z
    .boolean()
    .default(false)
    .describe(
      'Let through what the tool itself says was there in its baseline (SARIF baselineState unchanged).',
    ),
  tools,
  allowSuppressed: z.boolean().default(true).describe('Let through what was set aside in the scanned tree.'),
  maxAge,
  signers,
})

export type SastOptions = z.output<typeof sastOptions>

/** Code scanners looked, and found nothing of the severities that block. */
export function judgeSast(options: SastOptions, facts: Facts): Judgement {
  const { block, newOnly, tools: wanted, allowSuppressed, maxAge: age, signers: counted } = options
  const blocked = [...new Set<Severity>([...block, 'unknown'])]
  // A result without a baseline is new as far as anybody knows.
  const blocks = ({ severity, baseline }: Finding) =>
    blocked.includes(severity) && !(newOnly && baseline === 'unchanged')
  return judgeFindings(
    {
      gate: 'sast',
      kinds: ['sast'],
      scan: 'code scan',
      noun: 'result',
      blocks,
      severities: newOnly ? [] : blocked,
      byId: newOnly,
      tools: wanted,
      allowSuppressed,
      maxAge: age,
      signers: counted,
    },
    facts,
  )
}
