import { doctorMarkdown, doctorText } from '../../report/index.ts'
import type { CheckupGroup } from '../../setup/index.ts'
import { checkupGroups } from '../../setup/index.ts'
import { command } from '../command.ts'
import { given, repeated, toggle } from '../flags.ts'
import { usage } from '../usage.ts'

interface Flags {
  readonly write: boolean | undefined
  readonly only: readonly string[] | undefined
}

export default command<Flags, []>({
  description:
    'Looks at everything the road needs: this machine, waybill.yaml and its policy, keys and who believes them, registries and what may be done there, clocks, the programs that builders need, git, the cluster, the CI job. Each flaw comes with its fix. Exits with 0 when nothing will stop the road, else 1.',
  examples: [
    { line: 'doctor', about: 'look only' },
    { line: 'doctor --write', about: 'also push, mount and delete a small artifact in each repository' },
    { line: 'doctor --only registries --only keys', about: 'just these' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      write: toggle('Try writing to the registries, and remove what was written'),
      only: repeated('group', `Just these: ${checkupGroups.join(', ')}`),
    },
  },
  run: async ({ cwd, configFile, env, signal, clock, onStep }, { write, only }) => {
    const order = given({ write, only: only?.map(groupNamed) })
    const { doctor } = await import('../../setup/index.ts')
    const answer = await doctor(order, { cwd, configFile, env, signal, clock, onStep })
    return {
      exit: answer.outcome === 'problems' ? 1 : 0,
      value: answer,
      text: (paint) => doctorText(answer, paint),
      markdown: () => doctorMarkdown(answer),
    }
  },
})

function groupNamed(text: string): CheckupGroup {
  const found = checkupGroups.find((group) => group === text)
  if (found) return found
  throw usage(`--only ${text} is none of ${checkupGroups.join(', ')}`, ['doctor'])
}
