import { traceHtml, traceMarkdown, traceText } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument, given, optional } from '../flags.ts'

interface Flags {
  readonly application: string | undefined
}

export default command<Flags, [string]>({
  description:
    'From a digest, a tag or a running image reference back to its commit, build, evidence, approvals and promotions. A platform or config digest, as a pod reports it, is found too.',
  examples: [
    { line: 'trace prod.example.com/ordersvc:stable', about: 'where does what runs in prod come from?' },
    {
      line: 'trace sha256:9f86d081… --application ordersvc',
      about: 'the same, from the digest a pod reports',
    },
    { line: 'trace prod.example.com/ordersvc:stable -o html > road.html', about: 'the road as a page' },
  ],
  outputs: ['text', 'json', 'markdown', 'html'],
  parameters: {
    flags: { application: optional('application', 'Only look at this application') },
    positional: {
      kind: 'tuple',
      parameters: [argument('query', 'Reference, tag, or digest of an index, platform or config')],
    },
  },
  run: async ({ workspace }, { application }, query) => {
    const answer = await workspace((open) => open.trace({ query, ...given({ application }) }))
    return {
      exit: 0,
      value: answer,
      text: (paint) => traceText(answer, paint),
      markdown: () => traceMarkdown(answer),
      html: () => traceHtml(answer),
    }
  },
})
