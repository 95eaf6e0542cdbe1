import * as z from 'zod'
import { predicateTypes, statementsOf } from '../../attestation/index.ts'
import type { Facts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { count, listed, pass, refuse } from '../judgement.ts'
import { headcount, nonEmpty } from '../options.ts'
import { personOf, unusableNote } from '../predicates.ts'

export const signatureOptions = z.strictObject({
  count: headcount.describe('How many distinct signers.'),
  signers: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('Signer ids of the trust policy. Default: any that may sign images.'),
})

export type SignatureOptions = z.output<typeof signatureOptions>

/** Plain image signatures (cosign sign/v1) by enough distinct signers. Two keys of one identity count once. */
export function judgeSignature(options: SignatureOptions, facts: Facts): Judgement {
  const all = statementsOf(facts.evidence, predicateTypes.signature)
  const counted = all.filter(({ signer }) => options.signers?.includes(signer.id) ?? true)
  const people = new Set(counted.map(({ signer }) => personOf(signer)))
  const who =
    people.size > 0
      ? `Signed by ${listed([...new Set(counted.map(({ signer }) => signer.id))])}`
      : 'Not signed'
  if (people.size >= options.count) return pass(`${who}.`, counted)
  const from = options.signers ? ` of ${listed(options.signers)}` : ''
  const note = unusableNote(facts.evidence, 'signature')
  return refuse(`${who}; required: ${count(options.count, 'distinct signer')}${from}${note}.`, counted)
}
