import { verificationMarkdown, verificationText, verificationTold } from '../../report/index.ts'
import { command } from '../command.ts'
import type { Invocation } from '../command.ts'
import { argument, given, optional } from '../flags.ts'

interface Flags {
  readonly application: string | undefined
  readonly trust: string | undefined
}

export default command<Flags, [string]>({
  description:
    'Verifies the image, its signatures, attestations, approvals and every promotion record. With --trust it needs no waybill.yaml, and for a layout no network.',
  examples: [
    { line: 'verify prod.example.com/ordersvc:stable', about: 'everything signed about what runs' },
    { line: 'verify layout:./ordersvc --trust trust.yaml', about: 'a copy in a folder, offline' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      application: optional('application', 'Check it as this application'),
      trust: optional('file', 'Trust policy, in place of the one waybill.yaml names'),
    },
    positional: {
      kind: 'tuple',
      parameters: [argument('reference', 'Image reference, or layout:DIR[:tag]')],
    },
  },
  run: async (invocation, { application, trust }, reference) => {
    const answer =
      trust === undefined
        ? await invocation.workspace((open) => open.verify({ reference, ...given({ application }) }))
        : await verifyUnder(trust, reference, invocation)
    return {
      exit: ({ pass: 0, fail: 3, error: 1 } as const)[answer.result],
      value: answer,
      text: (paint) => verificationText(answer, paint),
      markdown: () => verificationMarkdown(answer),
      told: () => verificationTold(answer),
    }
  },
})

async function verifyUnder(trustFile: string, reference: string, invocation: Invocation) {
  const { verifyCopy } = await import('../../wiring/index.ts')
  return verifyCopy({ reference, trustFile }, invocation)
}
