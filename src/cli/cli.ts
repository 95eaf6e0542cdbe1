import { run } from '@stricli/core'
import { printableJson } from '../base/index.ts'
import type { Clock } from '../base/index.ts'
import type { Paint } from '../report/index.ts'
import { buildFor } from './application.ts'
import type { Answer, GlobalFlags, Invocation, OutputFormat, Runner } from './command.ts'
import { asFailure, failureDocument, failureText } from './failure.ts'
import type { Output } from './output.ts'
import { makePaint, wantsColour } from './paint.ts'
import { openProgress } from './progress/progress.ts'

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
  readonly askLine: Invocation['askLine']
}

/** Words in, text and an exit code out. Never throws. */
export async function runCli(words: readonly string[], world: World): Promise<number> {
  const format = requestedFormat(words)
  const noColor = words.includes('--no-color')
  try {
    return (await answerWithoutCommand(words, world)) ?? (await runCommand(words, world))
  } catch (error) {
    const failure = asFailure(error, world.signal.aborted)
    const paint = makePaint(wantsColour(world.stderr, world.env, noColor))
    if (format === 'json') world.stdout.write(jsonText(failureDocument(failure)))
    if (format !== 'json' || world.env.WAYBILL_DEBUG === '1') {
      world.stderr.write(failureText(failure, paint, world.env.WAYBILL_DEBUG === '1'))
    }
    return world.interruptCode() ?? failure.exit
  }
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

async function runCommand(words: readonly string[], world: World): Promise<number> {
  let exit: Answer['exit'] = 0
  const runner: Runner = async (globals, action) => {
    const progress = await openProgress(world, globals)
    const answer = await action(invocationFor(world, globals, progress.onStep)).finally(progress.stop)
    world.stdout.write(render(answer, globals.output ?? 'text', paintFor(world.stdout, world, globals)))
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

function render(answer: Answer, format: OutputFormat, paint: Paint): string {
  if (format === 'json') return jsonText(answer.value)
  if (format === 'markdown' && answer.markdown) return answer.markdown()
  if (format === 'html' && answer.html) return answer.html()
  return answer.text(paint)
}

function paintFor(stream: World['stdout'], world: World, globals: GlobalFlags): Paint {
  return makePaint(wantsColour(stream, world.env, globals.noColor ?? false))
}

function jsonText(value: object): string {
  return `${printableJson(JSON.stringify(value, null, 2))}\n`
}

// Needed before parsing, because a usage error must be JSON too when JSON was asked for.
function requestedFormat(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => /^(?:-o|--output)(?:=|$)/.test(word))
  const word = words[at]
  if (word === undefined) return undefined
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[at + 1]
}
