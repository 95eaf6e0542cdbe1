import { cleanMarkdown, cleanText, cleanTold } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument, given, optional, toggle } from '../flags.ts'
import { usage } from '../usage.ts'

interface Flags {
  readonly pullRequest: string | undefined
  readonly olderThan: string | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string]>({
  description:
    'Deletes builds of pull requests from the repository of builds: the tags pr-… and git-…, the image and everything signed about it. An image goes only when trusted provenance says that a pull request built it, when no other tag names it, when it was never promoted, and when nothing that stays holds it. Disk space comes back when the registry next collects its garbage.',
  examples: [
    { line: 'ci clean ordersvc --pull-request 101', about: 'when the pull request was closed' },
    { line: 'ci clean ordersvc --older-than 14d', about: 'every night, for those that were forgotten' },
    { line: 'ci clean ordersvc --older-than 14d --dry-run', about: 'what would go' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      pullRequest: optional('id', 'Number of the pull request'),
      olderThan: optional('duration', 'Builds that ended longer ago than this, such as 14d'),
      dryRun: toggle('Stop before the first write'),
    },
    positional: { kind: 'tuple', parameters: [argument('application', 'Name in waybill.yaml')] },
  },
  run: async ({ workspace }, { pullRequest, olderThan, dryRun }, application) => {
    if ((pullRequest ?? olderThan) === undefined)
      throw usage('Say which builds: --pull-request or --older-than', ['ci', 'clean'])
    const value = await workspace((open) =>
      open.clean({ application, ...given({ pullRequest, olderThan, dryRun }) }),
    )
    return {
      exit: 0,
      value,
      text: (paint) => cleanText(value, paint),
      markdown: () => cleanMarkdown(value),
      told: () => cleanTold(value),
    }
  },
})
