import { evidenceListMarkdown, evidenceListText } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument } from '../flags.ts'
import { evidenceFlags, withEvidence } from './with-evidence.ts'
import type { EvidenceFlags } from './with-evidence.ts'

export default command<EvidenceFlags, [string]>({
  description:
    'Everything signed about an image: its type, who signed it, when that is proven or claimed, with which tool, and whether it counts under the trust policy. What does not count says why.',
  examples: [
    { line: 'evidence list prod.example.com/ordersvc:stable', about: 'all that is known of what runs' },
    { line: 'evidence list layout:./ordersvc --trust trust.yaml', about: 'a copy in a folder, offline' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: evidenceFlags,
    positional: {
      kind: 'tuple',
      parameters: [argument('image', 'Image reference, tag, digest, or layout:DIR[:tag]')],
    },
  },
  run: async (invocation, flags, image) => {
    const answer = await withEvidence(invocation, flags, image, (questions) => questions.list())
    return {
      exit: 0,
      value: answer,
      text: (paint) => evidenceListText(answer, paint),
      markdown: () => evidenceListMarkdown(answer),
    }
  },
})
