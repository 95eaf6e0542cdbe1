import { demoDocument } from '../../report/index.ts'
import { command } from '../command.ts'
import { given, optional, toggle } from '../flags.ts'

interface Flags {
  readonly fast: boolean | undefined
  readonly directory: string | undefined
}

export default command<Flags, []>({
  description:
    'Takes a small real service from a pull request to production on this machine: real git, real registries, real keys, nothing faked. It refuses what must be refused, rolls back, finds a forged record, and leaves everything in a folder with a page that shows the road.',
  examples: [
    { line: 'demo', about: 'watch it; it takes less than a minute' },
    { line: 'demo --fast -o json', about: 'without pauses, one JSON document' },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: {
      fast: toggle('No pauses'),
      directory: optional('folder', 'Where everything is left (default: waybill-demo)'),
    },
  },
  run: async ({ cwd, env, signal, onStep, clock, announce }, { fast, directory }) => {
    const { runDemo } = await import('../../demo/index.ts')
    const result = await runDemo({ cwd, env, signal, onStep, clock, announce, ...given({ fast, directory }) })
    return { exit: 0, value: demoDocument(result.story), text: (paint) => result.text(paint) }
  },
})
