import { command } from '../command.ts'
import { argument, given, optional, required, toggle } from '../flags.ts'
import { factAnswer } from './fact-answer.ts'

interface Flags {
  readonly key: string
  readonly image: string | undefined
  readonly reject: boolean | undefined
  readonly reason: string | undefined
  readonly ticket: string | undefined
  readonly validFor: string | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string, string]>({
  description:
    'Signs your approval of one digest for one environment under its policy as it is now. It counts for nothing else. Who approved is who signed.',
  examples: [
    { line: 'approve ordersvc prod --key env://APPROVER_KEY', about: 'approve what waits for prod' },
    {
      line: 'approve ordersvc prod --reject --reason "no runbook" --key approver.key',
      about: 'say no, and why',
    },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      key: required('key', "The approver's key: a file, env://NAME or a key service"),
      image: optional('image', 'Tag or digest (default: the candidate from upstream)'),
      reject: toggle('Reject instead of approve'),
      reason: optional('text', 'Why'),
      ticket: optional('id', 'The change ticket'),
      validFor: optional('duration', 'How long it counts, e.g. 7d'),
      dryRun: toggle('Stop before the first write'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        argument('application', 'Name in waybill.yaml'),
        argument('environment', 'Where it may go'),
      ],
    },
  },
  run: async ({ workspace }, flags, application, environment) => {
    const { key, image, reject, reason, ticket, validFor, dryRun } = flags
    const decision = reject ? 'reject' : 'approve'
    const more = given({ image, reason, ticket, validFor, dryRun })
    return factAnswer(
      await workspace((open) => open.approve({ application, environment, decision, key, ...more })),
    )
  },
})
