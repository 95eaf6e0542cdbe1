import { command } from '../command.ts'
import { argument, given, optional, toggle } from '../flags.ts'
import { promotionAnswer } from './promotion-answer.ts'

interface Flags {
  readonly to: string | undefined
  readonly reason: string | undefined
  readonly requestedBy: string | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string, string]>({
  description:
    'A rollback is a promotion of an earlier digest: it is recorded, tagged and delivered like any other. Without --to it takes the newest earlier digest that passed.',
  examples: [
    { line: 'rollback ordersvc prod --reason "error rate after 1.4.0"', about: 'back to what passed before' },
    { line: 'rollback ordersvc prod --to 1.3.6', about: 'back to a version by name' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      to: optional('image', 'Tag or digest to go back to (default: the newest that passed)'),
      reason: optional('text', 'Why; kept in the record'),
      requestedBy: optional('who', 'Who asked; kept in the record'),
      dryRun: toggle('Stop before the first write'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        argument('application', 'Name in waybill.yaml'),
        argument('environment', 'Where to roll back'),
      ],
    },
  },
  run: async ({ workspace }, { to, reason, requestedBy, dryRun }, application, environment) =>
    promotionAnswer(
      await workspace((open) =>
        open.rollback({ application, environment, ...given({ to, reason, requestedBy, dryRun }) }),
      ),
      dryRun,
    ),
})
