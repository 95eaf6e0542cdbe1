import type { BuildCommand, BuildOutcome } from '../../pipeline/outcome.ts'
import { buildMarkdown, buildText, buildTold } from '../../report/index.ts'
import { command } from '../command.ts'
import type { Answer } from '../command.ts'
import { argument, choice, given, optional, repeated, toggle } from '../flags.ts'
import { usage } from '../usage.ts'

const events = ['push', 'pull-request', 'tag', 'schedule', 'manual'] as const

interface Flags {
  readonly context: string | undefined
  readonly layout: string | undefined
  readonly version: string | undefined
  readonly commit: string | undefined
  readonly ref: string | undefined
  readonly event: BuildCommand['event']
  readonly pullRequest: string | undefined
  readonly run: string | undefined
  readonly outputs: string | undefined
  readonly evidence: readonly string[] | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string]>({
  description:
    'Builds with the builder that waybill.yaml names, signs where it came from (SLSA provenance), and pushes it or writes an OCI layout. The same input gives the same digest. Where the build block asks for it, the image is looked at first and pushed only if the gates of the first environment let it: exit code 3 when they refuse, 4 when something is still missing, 1 when they could not tell.',
  examples: [
    { line: 'build ordersvc', about: 'build what is checked out and push it' },
    {
      line: 'build ordersvc --evidence "out/evidence/*.jsonl"',
      about: 'with what check and test signed about the commit',
    },
    { line: 'build ordersvc --layout out/', about: 'write an OCI layout, reach no registry' },
    { line: 'build ordersvc --outputs out/', about: 'leave the digest for later steps' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      context: optional('folder', 'Build context (default: what waybill.yaml says)'),
      layout: optional('folder', 'Write an OCI layout there instead of pushing'),
      version: optional('version', 'Version annotation, e.g. 1.4.0'),
      commit: optional('sha', 'Commit (default: from git or the CI)'),
      ref: optional('ref', 'Branch or tag (default: from git or the CI)'),
      event: choice(events, 'What started the build (default: from the CI)'),
      pullRequest: optional('id', 'Number of the pull request'),
      run: optional('number', 'Number of the CI run, for {build} in tags (default: from the CI)'),
      outputs: optional('folder', 'Leave the digest there for later steps, as text, dotenv and JSON'),
      evidence: repeated('file', 'Signed by check or test about this commit; said about the image too'),
      dryRun: toggle('Stop before the first write'),
    },
    positional: { kind: 'tuple', parameters: [argument('application', 'Name in waybill.yaml')] },
  },
  run: async ({ workspace }, flags, application) => {
    if (flags.outputs !== undefined && flags.dryRun)
      throw usage('--outputs names what was built, and --dry-run builds nothing', ['build'])
    const { context, layout, version, commit, ref, event, pullRequest, run, evidence, outputs, dryRun } =
      flags
    const stated = { version, commit, ref, event, pullRequest, run }
    const more = given({ context, layout, ...stated, evidence, outputs, dryRun })
    const outcome = await workspace((open) => open.build({ application, ...more }))
    return {
      exit: EXITS[outcome.outcome],
      value: outcome,
      text: (paint) => buildText(outcome, paint),
      markdown: () => buildMarkdown(outcome),
      told: () => buildTold(outcome),
    }
  },
})

const EXITS: Readonly<Record<BuildOutcome['outcome'], Answer['exit']>> = {
  built: 0,
  already: 0,
  planned: 0,
  refused: 3,
  pending: 4,
  error: 1,
}
