import { relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { silent } from '../../base/index.ts'
import type { DemoAnswer } from '../../demo/index.ts'
import { storyText } from '../../report/index.ts'
import type { Paint } from '../../report/index.ts'
import { command } from '../command.ts'
import { optional, toggle } from '../flags.ts'

interface Flags {
  readonly fast: boolean | undefined
  readonly directory: string | undefined
}

const PAUSES = { chapter: 700, command: 250, result: 120, snapshot: 400 } as const

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
  run: async ({ cwd, env, signal, announce }, { fast, directory }) => {
    const { runDemo } = await import('../../demo/index.ts')
    const answer = await runDemo({
      directory: resolve(cwd, directory ?? 'waybill-demo'),
      env,
      signal,
      onStep: silent,
      onStory: async (event) => {
        announce((paint) => storyText(event, paint))
        if (!fast) await sleep(PAUSES[event.kind], undefined, { signal })
      },
    })
    return {
      exit: 0,
      value: answer,
      text: (paint) => closing(answer, relative(cwd, answer.directory) || '.', paint),
    }
  },
})

function closing(answer: DemoAnswer, folder: string, paint: Paint): string {
  return `
${paint.bold('That was the road.')} One image per version, built once: ${answer.refusals.length} gates said no or
not yet, production went back and forward by digest, and a forged record was
found.

  Look at the road      ${answer.page}
  Go on from here       ${folder}/EXPLORE.md
  Your own registry     docs/guide/first-promotion.md
`
}
