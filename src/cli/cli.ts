import { run } from '@stricli/core'
import type { Clock, Step, WaybillError } from '../base/index.ts'
import type { Paint } from '../report/index.ts'
import { buildFor } from './application.ts'
import type { Answer, GlobalFlags, Invocation, Runner } from './command.ts'
import { asFailure, failureDocument, failureText } from './failure.ts'
import { guarded } from './guard.ts'
import type { Output } from './output.ts'
import { makePaint, wantsColour } from './paint.ts'
import { openProgress } from './progress/progress.ts'
import { jsonText, render } from './render.ts'

/** The process around the command line, handed in so that nothing here reaches for globals. */
export interface World {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly stdout: Output
  readonly stderr: Output
  readonly signal: AbortSignal
  /** 128 + signal number once interrupted. */
  readonly interruptCode: () => number | undefined
  readonly clock: Clock
  readonly askSecret: Invocation['askSecret']
}

type Guarded = ReturnType<typeof guarded<World>>

/** Words in, text and an exit code out. Never throws. */
export async function runCli(words: readonly string[], world: World): Promise<number> {
  const safe = guarded(world)
  try {
    return (await answerWithoutCommand(words, world)) ?? (await runCommand(words, safe))
  } catch (error) {
    const failure = asFailure(error, world.signal.aborted)
    await safe.ci.failed(failure)
    showFailure(failure, words, safe)
    return world.interruptCode() ?? failure.exit
  }
}

function showFailure(
  failure: WaybillError,
  words: readonly string[],
  { env, stdout, stderr }: Guarded,
): void {
  const isJson = requestedFormat(words) === 'json'
  const isDebug = env.WAYBILL_DEBUG === '1'
  const paint = makePaint(wantsColour(stderr, env, words.includes('--no-color')))
  if (isJson) stdout.write(jsonText(failureDocument(failure)))
  if (!isJson || isDebug) stderr.write(failureText(failure, paint, isDebug))
}

async function answerWithoutCommand(words: readonly string[], world: World): Promise<number | undefined> {
  const before = words.includes('--') ? words.slice(0, words.indexOf('--')) : words
  if (words[0] === '__complete') {
    const { complete } = await import('./completion.ts')
    world.stdout.write(await complete(words.slice(1)))
    return 0
  }
  const { helpFor } = await import('./help.ts')
  const help = await helpFor(before, makePaint(wantsColour(world.stdout, world.env)))
  if (help === undefined) return undefined
  world.stdout.write(help)
  return 0
}

async function runCommand(words: readonly string[], world: Guarded): Promise<number> {
  let exit: Answer['exit'] = 0
  const runner: Runner = async (globals, action) => {
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
    exit = answer.exit
  }
  const failures: unknown[] = []
  const application = await buildFor(words, { runner, onFailure: (error) => failures.push(error) })
  const nowhere = { write: () => {} }
  await run(application, words, { process: { stdout: nowhere, stderr: nowhere, env: {} } })
  if (failures.length > 0) throw failures[0]
  return exit
}

function invocationFor(world: World, globals: GlobalFlags, onStep: Invocation['onStep']): Invocation {
  const { cwd, env, signal, clock } = world
  const configFile = globals.config ?? 'waybill.yaml'
  return {
    cwd,
    configFile,
    env,
    signal,
    onStep,
    clock,
    askSecret: world.askSecret,
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

function paintFor(stream: World['stdout'], world: World, globals: GlobalFlags): Paint {
  return makePaint(wantsColour(stream, world.env, globals.noColor ?? false))
}

// Needed before parsing, because a usage error must be JSON too when JSON was asked for.
function requestedFormat(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => /^(?:-o|--output)(?:=|$)/.test(word))
  const word = words[at]
  if (word === undefined) return undefined
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[at + 1]
}
