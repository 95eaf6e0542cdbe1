import type { ReplayAnswer } from '../../insight/replay-answer.ts'
import { replayMarkdown, replayText } from '../../report/index.ts'
import { command } from '../command.ts'
import type { Answer } from '../command.ts'
import { given, optional, required, toggle } from '../flags.ts'

interface Flags {
  readonly policy: string
  readonly since: string
  readonly application: string | undefined
  readonly environment: string | undefined
  readonly failOnChange: boolean | undefined
}

export default command<Flags, []>({
  description:
    'Tries another waybill.yaml, with the trust policy it names, on every recorded promotion since a time: what would it have decided then, on the facts as they were? Nothing is written. It exits with 0 whatever it finds; with --fail-on-change with 3 when a decision would have been another one, and with 1 when one cannot be told.',
  examples: [
    { line: 'replay --policy new.yaml --since 90d', about: 'what would a stricter policy have stopped?' },
    {
      line: 'replay --policy new.yaml --since 2026-01-01 --environment prod --fail-on-change',
      about: 'in the pull request that changes the policy',
    },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      policy: required('file', 'The waybill.yaml to try'),
      since: required('time', 'How far back: 90d, or a day such as 2026-01-31'),
      application: optional('application', 'Only this application'),
      environment: optional('environment', 'Only this environment'),
      failOnChange: toggle('Exit with 3 when a decision would have been another one'),
    },
  },
  run: async ({ workspace }, { policy, since, application, environment, failOnChange }) => {
    const answer = await workspace((open) =>
      open.replay({ policy, since, ...given({ application, environment }) }),
    )
    return {
      exit: failOnChange ? exitOf(answer) : 0,
      value: answer,
      text: (paint) => replayText(answer, paint),
      markdown: () => replayMarkdown(answer),
    }
  },
})

function exitOf({ counts }: ReplayAnswer): Answer['exit'] {
  if (counts.refused + counts.admitted > 0) return 3
  return counts.unclear > 0 ? 1 : 0
}
