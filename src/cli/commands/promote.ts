import { command } from '../command.ts'
import { given, toggle } from '../flags.ts'
import { promoteCommand, promoteFlags, promotePositional } from './promote-flags.ts'
import type { PromoteFlags } from './promote-flags.ts'
import { promotionAnswer } from './promotion-answer.ts'
import { trainAnswer } from './train-answer.ts'

interface Flags extends PromoteFlags {
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string | undefined]>({
  description:
    'Checks every gate, copies the image with everything signed about it, writes one signed record, moves the tags, delivers to git and proves it. Running it again after a crash finishes the same promotion. With --set it does so for everything a train file names, side by side.',
  examples: [
    { line: 'promote ordersvc --to staging', about: 'what runs in dev goes to staging' },
    { line: 'promote ordersvc --to dev --image git-4f2a91c7', about: 'what the build pushed goes to dev' },
    {
      line: 'promote ordersvc --to staging --ref release/v1.2.0-sha-2b2e927',
      about: 'the image of that commit, as version 1.2.0',
    },
    { line: 'promote ordersvc --to staging --dry-run', about: 'everything up to the first write' },
    { line: 'promote --set train.yaml', about: 'hundreds of applications as one batch' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: { ...promoteFlags, dryRun: toggle('Stop before the first write') },
    positional: promotePositional,
  },
  run: async (invocation, flags, application) => {
    const { set, dryRun = false } = flags
    if (set !== undefined) return trainAnswer(invocation, { ...flags, set, dryRun }, application, 'promote')
    const words = { ...promoteCommand(application, flags, 'promote'), ...given({ dryRun: flags.dryRun }) }
    return promotionAnswer(await invocation.workspace((open) => open.promote(words)), dryRun)
  },
})
