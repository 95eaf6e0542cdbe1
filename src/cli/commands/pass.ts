import { command } from '../command.ts'
import { argument, given, optional, toggle } from '../flags.ts'
import { factAnswer } from './fact-answer.ts'

interface Flags {
  readonly image: string | undefined
  readonly failed: boolean | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string, string]>({
  description:
    "Runs the environment's prove commands and signs a pass mark on the digest: the next environment's gate asks for it. With --failed it signs that the environment did not pass.",
  examples: [
    { line: 'pass ordersvc staging', about: 'prove what is in staging and say so' },
    { line: 'pass ordersvc staging --failed', about: 'say that it did not pass' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      image: optional('image', 'Tag or digest (default: what is there now)'),
      failed: toggle('Sign FAILED and run nothing'),
      dryRun: toggle('Stop before the first write'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        argument('application', 'Name in waybill.yaml'),
        argument('environment', 'Which environment'),
      ],
    },
  },
  run: async ({ workspace }, { image, failed, dryRun }, application, environment) =>
    factAnswer(
      await workspace((open) => open.pass({ application, environment, ...given({ image, failed, dryRun }) })),
    ),
})
