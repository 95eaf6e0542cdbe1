import type { EvidenceFormat } from '../../insight/evidence-answer.ts'
import { evidenceExportText } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument, choice, optional, required } from '../flags.ts'
import { evidenceFlags, withEvidence } from './with-evidence.ts'
import type { EvidenceFlags } from './with-evidence.ts'

interface Flags extends EvidenceFlags {
  readonly to: string
  readonly format: EvidenceFormat | undefined
  readonly type: string | undefined
}

export default command<Flags, [string]>({
  description:
    'Writes the evidence that counts as files other tools read: DSSE envelopes (slsa-verifier), Sigstore bundles (cosign), one file of bundles (gh attestation verify), or the bare statements. Running it again changes nothing.',
  examples: [
    {
      line: 'evidence export prod.example.com/ordersvc:stable --to evidence --type pass',
      about: 'pass marks as DSSE, for slsa-verifier verify-vsa',
    },
    {
      line: 'evidence export layout:./ordersvc --trust trust.yaml --to evidence --format jsonl',
      about: 'everything in one file, for gh attestation verify --bundle',
    },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: {
      to: required('folder', 'Where the files go'),
      format: choice(['dsse', 'bundle', 'jsonl', 'intoto'], 'Form of the files (default: dsse)'),
      type: optional('type', 'Only this predicate type: a short name or a URI'),
      ...evidenceFlags,
    },
    positional: {
      kind: 'tuple',
      parameters: [argument('image', 'Image reference, tag, digest, or layout:DIR[:tag]')],
    },
  },
  run: async (invocation, flags, image) => {
    const { to, format = 'dsse', type } = flags
    const answer = await withEvidence(invocation, flags, image, (questions) =>
      questions.export({ to, format, type }),
    )
    return { exit: 0, value: answer, text: (paint) => evidenceExportText(answer, paint) }
  },
})
