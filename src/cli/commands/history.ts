import { historyMarkdown, historyText } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument } from '../flags.ts'

export default command<object, [string, string]>({
  description:
    'Reads the record chain of one environment, newest first, and verifies every link: the signature, the sequence and the predecessor.',
  examples: [{ line: 'history ordersvc prod', about: 'what has been in prod, and when' }],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {},
    positional: {
      kind: 'tuple',
      parameters: [
        argument('application', 'Name in waybill.yaml'),
        argument('environment', 'Which environment'),
      ],
    },
  },
  run: async ({ workspace }, _flags, application, environment) => {
    const answer = await workspace((open) => open.history({ application, environment }))
    return {
      exit: 0,
      value: answer,
      text: (paint) => historyText(answer, paint),
      markdown: () => historyMarkdown(answer),
    }
  },
})
