import { command } from '../command.ts'
import { argument, given, optional, required, toggle } from '../flags.ts'
import { factAnswer } from './fact-answer.ts'

interface Flags {
  readonly key: string
  readonly image: string
  readonly reason: string
  readonly ticket: string | undefined
  readonly for: string | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string, string]>({
  description:
    'Signs that one digest may be forced into one environment under its policy as it is now, for a short time. Nothing moves: `promote --break-glass` does it. Only people with a role of exceptions.breakGlass count.',
  examples: [
    {
      line: 'break-glass ordersvc prod --image 1.4.1 --reason "payments are down" --key erin.key --for 2h',
      about: 'then: promote ordersvc --to prod --image 1.4.1 --break-glass',
    },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      key: required('key', 'Key of who allows it: a file or env://NAME'),
      image: required('image', 'Tag or digest upstream, or a reference'),
      reason: required('text', 'Why; kept in the record and shown everywhere'),
      ticket: optional('id', 'The incident'),
      for: optional('time', 'How long it counts: 2h or a time (default: as long as allowed)'),
      dryRun: toggle('Stop before the first write'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        argument('application', 'Name in waybill.yaml'),
        argument('environment', 'Where it may be forced in'),
      ],
    },
  },
  run: async ({ workspace }, flags, application, environment) => {
    const { key, image, reason, ticket, for: validFor, dryRun } = flags
    const more = given({ ticket, validFor, dryRun })
    return factAnswer(
      await workspace((open) => open.breakGlass({ application, environment, image, reason, key, ...more })),
    )
  },
})
