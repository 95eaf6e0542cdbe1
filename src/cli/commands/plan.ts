import { command } from '../command.ts'
import { given, toggle } from '../flags.ts'
import { promoteCommand, promoteFlags, promotePositional } from './promote-flags.ts'
import type { PromoteFlags } from './promote-flags.ts'
import { promotionAnswer } from './promotion-answer.ts'
import { trainAnswer } from './train-answer.ts'

interface Flags extends PromoteFlags {
  readonly noDelta: boolean | undefined
  readonly fetchCommits: boolean | undefined
}

export default command<Flags, [string | undefined]>({
  description:
    'Resolves the image, collects and verifies what is signed about it and evaluates every gate, then stops. Nothing is written. It also shows what would change against what is there now: commits, packages, vulnerabilities, image, manifests and tags. The exit code is the one the promotion would have.',
  examples: [
    { line: 'plan ordersvc --to staging', about: 'would what runs in dev be let into staging?' },
    { line: 'plan ordersvc --to prod -o markdown', about: 'the same as a comment for a pull request' },
    { line: 'plan --set train.yaml', about: 'what would move, and what would be refused' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      ...promoteFlags,
      noDelta: toggle('Only the gates: what is there now is not read'),
      fetchCommits: toggle('Ask the source repository for commits that no checkout here has'),
    },
    positional: promotePositional,
  },
  run: async (invocation, flags, application) => {
    const { set } = flags
    if (set !== undefined)
      return trainAnswer(invocation, { ...flags, set, dryRun: true }, application, 'plan')
    const words = promoteCommand(application, flags, 'plan')
    const { noDelta, fetchCommits } = flags
    const options = given({ delta: noDelta ? false : undefined, fetchCommits })
    return promotionAnswer(await invocation.workspace((open) => open.plan(words, options)), true)
  },
})
