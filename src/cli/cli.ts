import { run } from '@stricli/core'
import { buildFor } from './application.ts'
import type { Runner } from './command.ts'
import { asFailure } from './failure.ts'
import type { GuardedWorld, World } from './guard.ts'
import { makePaint, wantsColour } from './paint.ts'

/** Words in, text and an exit code out. Never throws. */
export async function runCli(words: readonly string[], world: World): Promise<number> {
  let safe: GuardedWorld | undefined
  // Help and completion are asked for often, and need none of it.
  const guard = async () => (safe ??= (await import('./guard.ts')).guarded(world))
  try {
    return (await answerWithoutCommand(words, world)) ?? (await runCommand(words, await guard()))
  } catch (error) {
    const failure = asFailure(error, world.signal.aborted)
    const json = requestedFormat(words) === 'json'
    const { tellFailure } = await import('./tell-failure.ts')
    await tellFailure(failure, await guard(), { json, noColor: words.includes('--no-color') })
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

async function runCommand(words: readonly string[], world: GuardedWorld): Promise<number> {
  const { runAction } = await import('./run-action.ts')
  let exit = 0
  const runner: Runner = async (globals, action) => {
    exit = await runAction(world, globals, action)
  }
  const failures: unknown[] = []
  const application = await buildFor(words, { runner, onFailure: (error) => failures.push(error) })
  const nowhere = { write: () => {} }
  await run(application, words, { process: { stdout: nowhere, stderr: nowhere, env: {} } })
  if (failures.length > 0) throw failures[0]
  return exit
}

// Needed before parsing, because a usage error must be JSON too when JSON was asked for.
function requestedFormat(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => /^(?:-o|--output)(?:=|$)/.test(word))
  const word = words[at]
  if (word === undefined) return undefined
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[at + 1]
}
