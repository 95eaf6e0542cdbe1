import { command } from '../command.ts'
import { optionalArgument } from '../flags.ts'
import { checkAnswer, checkCommand, checkFlags } from './check-answer.ts'
import type { CheckFlags } from './check-answer.ts'

export default command<CheckFlags, [string | undefined]>({
  description:
    "Runs the test suites of `tests` in waybill.yaml, or reads the reports they have left behind, then asks for SonarQube's quality gate. A failed test fails; no test, an old report, or a program that ends badly with good reports is an error.",
  examples: [
    { line: 'test', about: 'every suite of waybill.yaml' },
    { line: 'test ordersvc --only unit', about: 'one of them' },
    {
      line: 'test --evidence out/test.jsonl --reports out/reports',
      about: 'in CI: signed, and the reports kept',
    },
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
    checkAnswer(await workspace((open) => open.test(checkCommand(flags, application)))),
})
