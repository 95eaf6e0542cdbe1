import { command } from '../command.ts'
import { optionalArgument } from '../flags.ts'
import { checkAnswer, checkCommand, checkFlags } from './check-answer.ts'
import type { CheckFlags } from './check-answer.ts'

export default command<CheckFlags, [string | undefined]>({
  description:
    'Looks for what must not be in the source before anything is built: leaked secrets, misconfiguration, known vulnerabilities. All tools of `checks` in waybill.yaml run at once, without the credentials of the job. A tool that is missing or breaks is an error, never a pass. With --evidence the results are signed as statements about the commit; "build --evidence" says them about the image.',
  examples: [
    { line: 'check', about: 'every check of waybill.yaml' },
    { line: 'check ordersvc --only gitleaks', about: 'one of them' },
    {
      line: 'check --evidence out/check.jsonl --reports out/reports',
      about: 'in CI: signed, and the reports kept',
    },
    { line: 'check --dry-run', about: 'which tools there are, and how they would be called' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: checkFlags,
    positional: {
      kind: 'tuple',
      parameters: [optionalArgument('application', 'Name in waybill.yaml (default: every one)')],
    },
  },
  run: async ({ workspace }, flags, application) =>
    checkAnswer(await workspace((open) => open.check(checkCommand(flags, application)))),
})
