import { initText } from '../../report/index.ts'
import type { InitCommand } from '../../setup/init-answer.ts'
import { command } from '../command.ts'
import { choice, given, optional, optionalArgument, toggle } from '../flags.ts'

interface Flags {
  readonly registry: string | undefined
  readonly environments: string | undefined
  readonly application: string | undefined
  readonly ci: InitCommand['ci']
  readonly keys: string | undefined
  readonly yes: boolean | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string | undefined]>({
  description:
    'Looks at a project (git, Dockerfile, CI, scanners on this machine), asks for what cannot be seen, and writes waybill.yaml, trust.yaml, a key for each kind of fact, and with --ci the pipelines. Private keys go outside git. Nothing that is there is overwritten.',
  examples: [
    { line: 'init', about: 'ask at the terminal' },
    {
      line: 'init --registry registry.example.com/team --environments dev,staging,prod --ci azure',
      about: 'ask nothing',
    },
    {
      line: 'init --registry "{environment}.example.com" --dry-run',
      about: 'a registry per environment; show only',
    },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: {
      registry: optional('place', 'Where images go; {environment} and {application} are filled in'),
      environments: optional('names', 'In the order an image passes them (default: dev,staging,prod)'),
      application: optional('name', 'Name of the application (default: what the project is called)'),
      ci: choice(
        ['azure', 'github', 'gitlab', 'jenkins', 'none'] as const,
        'Write its pipelines (default: what is found)',
      ),
      keys: optional('folder', 'Where private keys go (default: waybill/keys in your configuration folder)'),
      yes: toggle('Ask nothing: take what was found'),
      dryRun: toggle('Show what would be written'),
    },
    positional: { kind: 'tuple', parameters: [optionalArgument('directory', 'The project (default: here)')] },
  },
  run: async ({ cwd, env, signal, askLine }, flags, directory) => {
    const { registry, application, ci, keys, yes, dryRun } = flags
    const environments = flags.environments?.split(/[\s,]+/).filter(Boolean)
    const order = given({ directory, registry, environments, application, ci, keys, yes, dryRun })
    const { init } = await import('../../setup/index.ts')
    const answer = await init(order, { cwd, env, signal, ask: askLine })
    return { exit: 0, value: answer, text: (paint) => initText(answer, paint) }
  },
})
