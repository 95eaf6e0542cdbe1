import { command } from '../command.ts'
import { promoteCommand, promoteFlags, promotePositional } from './promote-flags.ts'
import type { PromoteFlags } from './promote-flags.ts'
import { promotionAnswer } from './promotion-answer.ts'
import { trainAnswer } from './train-answer.ts'

export default command<PromoteFlags, [string | undefined]>({
  description:
    'Resolves the image, collects and verifies what is signed about it and evaluates every gate, then stops. Nothing is written. The exit code is the one the promotion would have.',
  examples: [
    { line: 'plan ordersvc --to staging', about: 'would what runs in dev be let into staging?' },
    { line: 'plan ordersvc --to prod -o markdown', about: 'the same as a comment for a pull request' },
    { line: 'plan --set train.yaml', about: 'what would move, and what would be refused' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: { flags: promoteFlags, positional: promotePositional },
  run: async (invocation, flags, application) => {
    const { set } = flags
    if (set !== undefined)
      return trainAnswer(invocation, { ...flags, set, dryRun: true }, application, 'plan')
    const words = promoteCommand(application, flags, 'plan')
    return promotionAnswer(await invocation.workspace((open) => open.plan(words)))
  },
})
