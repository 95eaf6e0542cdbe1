import * as z from 'zod'
import { severities } from '../../attestation/index.ts'
import type { Facts } from '../facts.ts'
import { judgeFindings } from '../findings-gate.ts'
import type { Judgement } from '../judgement.ts'
import { maxAge, signers, tools } from '../report-options.ts'

export const secretsOptions = z.strictObject({
  tools,
  allowSuppressed: z
    .boolean()
    .default(false)
    .describe('Let through what was set aside in the scanned tree itself (a comment, an ignore file).'),
  maxAge,
  signers,
})

export type SecretsOptions = z.output<typeof secretsOptions>

/** Somebody looked for secrets and found none. Scanners do not rate secrets: every one blocks. */
export function judgeSecrets(options: SecretsOptions, facts: Facts): Judgement {
  const { tools: wanted, allowSuppressed, maxAge: age, signers: counted } = options
  return judgeFindings(
    {
      gate: 'secrets',
      kinds: ['secrets'],
      scan: 'scan for secrets',
      noun: 'secret',
      blocks: () => true,
      severities,
      byId: false,
      tools: wanted,
      allowSuppressed,
      maxAge: age,
      signers: counted,
    },
    facts,
  )
}
