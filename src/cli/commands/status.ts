import { statusMarkdown, statusText } from '../../report/index.ts'
import { command } from '../command.ts'
import { given, optionalArgument } from '../flags.ts'

export default command<object, [string?]>({
  description:
    'For every application and environment: the digest that is there, its tags, since when, whether it passed, what waits upstream, whether a rollback is ready, and where record, tag and git disagree.',
  examples: [
    { line: 'status', about: 'everything in waybill.yaml' },
    { line: 'status ordersvc -o json', about: 'one application, for a program' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {},
    positional: { kind: 'tuple', parameters: [optionalArgument('application', 'Only this application')] },
  },
  run: async ({ workspace }, _flags, application) => {
    const answer = await workspace((open) => open.status(given({ application })))
    const broken = answer.applications.some((one) => one.environments.some((place) => place.problem))
    return {
      exit: broken ? 1 : 0,
      value: answer,
      text: (paint) => statusText(answer, paint),
      markdown: () => statusMarkdown(answer),
    }
  },
})
