#!/usr/bin/env node
import { readVersion } from '../base/version.ts'
import { keepCompiledCode } from './compile-cache.ts'
import { listenForInterrupt } from './interrupt.ts'
import { openOutput } from './output.ts'
import type { Output } from './output.ts'

keepCompiledCode(process.env)
// Not awaited: the single-file build is CommonJS, which has no await at the top.
void main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<never> {
  const stdout = openOutput(process.stdout)
  const stderr = openOutput(process.stderr)
  // Scripts ask for the version often: answer before anything else is loaded.
  if (words[0] === '--version' || words[0] === '-v') stdout.write(`waybill ${readVersion()}\n`)
  else process.exitCode = await runWords(words, stdout, stderr)
  const lost = await stdout.flushed()
  if (lost) await tellLost(lost, stderr)
  await stderr.flushed()
  process.exit()
}

/** Half an answer is none, whatever it said. */
async function tellLost(error: Error, stderr: Output): Promise<void> {
  const { asFailure, failureText } = await import('./failure.ts')
  const { plainPaint } = await import('../report/index.ts')
  const failure = asFailure(error, false)
  stderr.write(failureText(failure, plainPaint, false))
  process.exitCode ||= failure.exit
}

async function runWords(words: readonly string[], stdout: Output, stderr: Output): Promise<number> {
  const interrupt = listenForInterrupt(process)
  const { runCli } = await import('./cli.ts')
  const { systemClock } = await import('../base/index.ts')
  return runCli(words, {
    cwd: process.cwd(),
    env: process.env,
    stdout,
    stderr,
    signal: interrupt.signal,
    interruptCode: interrupt.exitCode,
    clock: systemClock,
    askSecret: async (question) => {
      const { askSecret } = await import('./ask-secret.ts')
      return askSecret(question, process, interrupt.signal)
    },
    askLine: async (question, fallback) => {
      const { askLine } = await import('./ask-line.ts')
      return askLine(question, fallback, process, interrupt.signal)
    },
  })
}
