#!/usr/bin/env node
import { systemClock } from '../base/index.ts'
import { readVersion } from '../base/version.ts'
import { askSecret } from './ask-secret.ts'
import { keepCompiledCode } from './compile-cache.ts'
import { listenForInterrupt } from './interrupt.ts'
import { openOutput } from './output.ts'

keepCompiledCode(process.env)
const words = process.argv.slice(2)
const interrupt = listenForInterrupt(process)
const stdout = openOutput(process.stdout)
const stderr = openOutput(process.stderr)

// Scripts ask for the version often: answer before anything else is loaded.
if (words[0] === '--version' || words[0] === '-v') stdout.write(`waybill ${readVersion()}\n`)
else process.exitCode = await runWords()
await Promise.all([stdout.flushed(), stderr.flushed()])
process.exit()

async function runWords(): Promise<number> {
  const { runCli } = await import('./cli.ts')
  return runCli(words, {
    cwd: process.cwd(),
    env: process.env,
    stdout,
    stderr,
    signal: interrupt.signal,
    interruptCode: interrupt.exitCode,
    clock: systemClock,
    askSecret: (question) => askSecret(question, process, interrupt.signal),
  })
}
