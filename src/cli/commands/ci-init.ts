import { ciInitText } from '../../report/index.ts'
import type { CiInitCommand } from '../../setup/ci-answer.ts'
import { command } from '../command.ts'
import { argument, given, toggle } from '../flags.ts'
import { ciSystem } from './ci-system.ts'

interface Flags {
  readonly force: boolean | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string]>({
  description:
    'Writes the pipelines that waybill.yaml asks for, for one CI system: azure, github, gitlab or jenkins. Changes what is as Waybill left it, removes what is no longer asked for, and stops at anything that was changed by hand. What must be set up beside the files is told in docs/waybill-ci.md.',
  examples: [
    { line: 'ci init gitlab', about: 'write, or bring up to date' },
    { line: 'ci init gitlab --dry-run', about: 'show the difference' },
    { line: 'ci init jenkins --force', about: 'overwrite what was changed by hand' },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: {
      force: toggle('Overwrite files that were changed by hand'),
      dryRun: toggle('Show what would change, as a diff'),
    },
    positional: {
      kind: 'tuple',
      parameters: [argument('system', 'azure, github, gitlab or jenkins')],
    },
  },
  run: async ({ cwd, configFile }, { force, dryRun }, system) => {
    const order: CiInitCommand = { system: ciSystem(system, 'init'), ...given({ force, dryRun }) }
    const { pipelines } = await import('../../setup/index.ts')
    const value = await (await pipelines({ cwd, configFile })).init(order)
    return { exit: 0, value, text: (paint) => ciInitText(value, paint) }
  },
})
