import { statementMarkdown, statementText } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument } from '../flags.ts'
import { evidenceFlags, withEvidence } from './with-evidence.ts'
import type { EvidenceFlags } from './with-evidence.ts'

export default command<EvidenceFlags, [string, string]>({
  description:
    "Opens one statement on an image and shows what was signed. A statement that does not count is shown too, and says so; what it holds is then nobody's word.",
  examples: [
    {
      line: 'evidence show prod.example.com/ordersvc:stable 4f2a91c0',
      about: 'by the beginning of a digest that evidence list shows',
    },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: evidenceFlags,
    positional: {
      kind: 'tuple',
      parameters: [
        argument('image', 'Image reference, tag, digest, or layout:DIR[:tag]'),
        argument('digest', "Beginning of the payload's or the manifest's digest"),
      ],
    },
  },
  run: async (invocation, flags, image, digest) => {
    const answer = await withEvidence(invocation, flags, image, (questions) => questions.show(digest))
    return {
      exit: 0,
      value: answer,
      text: (paint) => statementText(answer, paint),
      markdown: () => statementMarkdown(answer),
    }
  },
})
