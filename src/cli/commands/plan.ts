import { command } from '../command.ts'
import { argument } from '../flags.ts'
import { promoteCommand, promoteFlags } from './promote-flags.ts'
import type { PromoteFlags } from './promote-flags.ts'
import { promotionAnswer } from './promotion-answer.ts'

export default command<PromoteFlags, [string]>({
  description:
    'Resolves the image, collects and verifies what is signed about it and evaluates every gate, then stops. Nothing is written. The exit code is the one the promotion would have.',
  examples: [
    { line: 'plan ordersvc --to staging', about: 'would what runs in dev be let into staging?' },
    { line: 'plan ordersvc --to prod -o markdown', about: 'the same as a comment for a pull request' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: promoteFlags,
    positional: { kind: 'tuple', parameters: [argument('application', 'Name in waybill.yaml')] },
  },
  run: async ({ workspace }, flags, application) =>
    promotionAnswer(await workspace((open) => open.plan(promoteCommand(application, flags)))),
})
