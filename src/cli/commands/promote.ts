import { command } from '../command.ts'
import { argument, given, toggle } from '../flags.ts'
import { promoteCommand, promoteFlags } from './promote-flags.ts'
import type { PromoteFlags } from './promote-flags.ts'
import { promotionAnswer } from './promotion-answer.ts'

interface Flags extends PromoteFlags {
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string]>({
  description:
    'Checks every gate, copies the image with everything signed about it, writes one signed record, moves the tags, delivers to git and proves it. Running it again after a crash finishes the same promotion.',
  examples: [
    { line: 'promote ordersvc --to staging', about: 'what runs in dev goes to staging' },
    { line: 'promote ordersvc --to dev --image git-4f2a91c7', about: 'what the build pushed goes to dev' },
    { line: 'promote ordersvc --to staging --dry-run', about: 'everything up to the first write' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: { ...promoteFlags, dryRun: toggle('Stop before the first write') },
    positional: { kind: 'tuple', parameters: [argument('application', 'Name in waybill.yaml')] },
  },
  run: async ({ workspace }, flags, application) =>
    promotionAnswer(
      await workspace((open) =>
        open.promote({ ...promoteCommand(application, flags), ...given({ dryRun: flags.dryRun }) }),
      ),
    ),
})
