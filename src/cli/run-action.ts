import type { Step } from '../base/index.ts'
import type { Paint } from '../report/index.ts'
import type { Action, Answer, GlobalFlags, Invocation } from './command.ts'
import type { GuardedWorld } from './guard.ts'
import { makePaint, wantsColour } from './paint.ts'
import { openProgress } from './progress/progress.ts'
import { render } from './render.ts'

/** Does one parsed command: progress while it runs, the CI system told of its answer, then the answer itself. */
export async function runAction(
  world: GuardedWorld,
  globals: GlobalFlags,
  action: Action,
): Promise<Answer['exit']> {
  const progress = await openProgress(world, globals)
  const onStep = (step: Step) => {
    world.ci.onStep(step)
    progress.onStep(step)
  }
  const answer = await action(invocationFor(world, globals, onStep)).finally(progress.stop)
  await world.ci.answered(answer)
  const { output = 'text' } = globals
  const stream = output === 'html' ? world.pages : world.stdout
  stream.write(render(answer, output, paintFor(world.stdout, world, globals)))
  return answer.exit
}

function invocationFor(world: GuardedWorld, globals: GlobalFlags, onStep: Invocation['onStep']): Invocation {
  const { cwd, env, signal, clock } = world
  const configFile = globals.config ?? 'waybill.yaml'
  return {
    cwd,
    configFile,
    config: globals.config,
    env,
    signal,
    onStep,
    clock,
    askSecret: world.askSecret,
    askLine: world.askLine,
    announce: (say) => {
      if (!globals.quiet) world.stderr.write(`${say(paintFor(world.stderr, world, globals))}\n`)
    },
    workspace: async (ask) => {
      const { openWorkspace } = await import('../wiring/index.ts')
      const workspace = await openWorkspace({ configFile, cwd, env, onStep, signal, clock })
      try {
        return await ask(workspace)
      } finally {
        await workspace.close()
      }
    },
  }
}

function paintFor(stream: GuardedWorld['stdout'], world: GuardedWorld, globals: GlobalFlags): Paint {
  return makePaint(wantsColour(stream, world.env, globals.noColor ?? false))
}
