import { ciCheckText } from '../../report/index.ts'
import { command } from '../command.ts'
import { optionalArgument } from '../flags.ts'
import { ciSystem } from './ci-system.ts'

export default command<Record<never, never>, [string | undefined]>({
  description:
    'Are the pipelines what waybill.yaml and this version of Waybill would write? Tells of each file whether it is current, stale, edited by hand, missing, or left over. Exits with 0 when all are current, else 3.',
  examples: [
    { line: 'ci check', about: 'every CI system of which there are files' },
    { line: 'ci check gitlab', about: 'one of them' },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: {},
    positional: {
      kind: 'tuple',
      parameters: [optionalArgument('system', 'azure, github, gitlab or jenkins (default: what is there)')],
    },
  },
  run: async ({ cwd, configFile }, _flags, system) => {
    const wanted = system === undefined ? undefined : ciSystem(system, 'check')
    const { pipelines } = await import('../../setup/index.ts')
    const value = await (await pipelines({ cwd, configFile })).check(wanted)
    return {
      exit: value.outcome === 'current' ? 0 : 3,
      value,
      text: (paint) => ciCheckText(value, paint),
    }
  },
})
