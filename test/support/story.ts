import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generateKey } from '../../src/signing/index.ts'
import { temporaryDirectory } from './registries.ts'
import type { Cleanup } from './registries.ts'
import { waybill } from './waybill-process.ts'
import type { WaybillRun } from './waybill-process.ts'

/** Who may state what in a story; each with a key of its own. */
const SIGNERS: Readonly<
  Record<string, { readonly mayAssert: readonly string[]; readonly roles?: readonly string[] }>
> = {
  build: { mayAssert: ['provenance'] },
  signature: { mayAssert: ['signature'] },
  evidence: { mayAssert: ['test-result', 'vulnerabilities', 'cyclonedx', 'spdx'] },
  promotion: { mayAssert: ['promotion'] },
  pass: { mayAssert: ['pass'] },
  rita: { mayAssert: ['approval', 'waiver'], roles: ['release-manager'] },
}
const SIGN = {
  build: 'build',
  signature: 'signature',
  tests: 'evidence',
  vulnerabilities: 'evidence',
  cyclonedx: 'evidence',
  spdx: 'evidence',
  promotion: 'promotion',
  pass: 'pass',
}

export type Files = Readonly<Record<string, string>>

/** A team's repository with its `waybill.yaml`, keys as the CI system holds them, and programs of its machines. */
export class Story {
  readonly directory: string
  /** Programs that are found first. */
  readonly bin: string
  /** Where the CI system says that the source is. */
  readonly source: string
  /** Keys as the CI system holds them, by variable. */
  readonly keys: Readonly<Record<string, string>>
  readonly #env: NodeJS.ProcessEnv

  constructor(directory: string, source: string, config: object, files: Files) {
    this.directory = join(directory, 'source')
    this.bin = join(directory, 'bin')
    this.source = source
    mkdirSync(this.bin)
    const keys = Object.keys(SIGNERS).map((name) => [name, generateKey().privateKeyPem] as const)
    this.keys = Object.fromEntries(keys.map(([name, pem]) => [variableOf(name), pem]))
    this.#env = {
      PATH: `${this.bin}:${process.env.PATH}`,
      HOME: directory,
      DOCKER_CONFIG: directory,
      GIT_CONFIG_NOSYSTEM: '1',
      ...this.keys,
    }
    writeFileSync(join(directory, 'config.json'), '{}')
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', this.directory])
    this.git('remote', 'add', 'origin', source)
    this.write({
      'trust.yaml': JSON.stringify(trustOf(keys)),
      'waybill.yaml': JSON.stringify(
        { version: 1, trust: 'trust.yaml', sign: signOf(), ...config },
        undefined,
        1,
      ),
      ...files,
    })
    this.commit('The first one')
  }

  git(...args: readonly string[]): string {
    const who = ['-c', 'user.name=Dana', '-c', 'user.email=dana@contoso.example']
    return execFileSync('git', ['-C', this.directory, ...who, ...args], { encoding: 'utf8' }).trim()
  }

  write(files: Files): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.directory, name)), { recursive: true })
      writeFileSync(join(this.directory, name), text)
    }
  }

  /** Commits everything; the commit in full. */
  commit(message: string): string {
    this.git('add', '--all')
    this.git('commit', '--quiet', '--allow-empty', '--message', message)
    return this.git('rev-parse', 'HEAD')
  }

  /** Pipelines of a CI system, committed. */
  async pipelines(system: 'azure' | 'github'): Promise<void> {
    const { code, stderr } = await this.run(['ci', 'init', system])
    assert.equal(code, 0, stderr)
    this.commit(`Pipelines of ${system}`)
  }

  get commitNow(): string {
    return this.git('rev-parse', 'HEAD')
  }

  /** A program of the machine, as a shell script. */
  program(name: string, body: string): void {
    writeFileSync(join(this.bin, name), `#!/bin/sh\n${body}\n`)
    chmodSync(join(this.bin, name), 0o755)
  }

  run(words: readonly string[], job: NodeJS.ProcessEnv = {}): Promise<WaybillRun> {
    return waybill(words, { cwd: this.directory, env: { ...this.#env, ...job } })
  }

  /** The command's document; its exit code must be this one. */
  async answer<T>(code: number, words: readonly string[], job: NodeJS.ProcessEnv = {}): Promise<T> {
    const done = await this.run([...words, '-o', 'json', '--quiet'], job)
    assert.equal(done.code, code, `${words.join(' ')}: ${done.stderr}${done.stdout}`)
    return JSON.parse(done.stdout) as T
  }
}

export async function openStory(t: Cleanup, source: string, config: object, files: Files): Promise<Story> {
  return new Story(await temporaryDirectory(t), source, config, files)
}

function variableOf(name: string): string {
  return `KEY_${name.toUpperCase()}`
}

function signOf() {
  return Object.fromEntries(
    Object.entries(SIGN).map(([fact, name]) => [fact, { key: `env://${variableOf(name)}` }]),
  )
}

function trustOf(keys: readonly (readonly [string, string])[]) {
  const signers = keys.map(([name, pem]) => ({
    id: name,
    kind: 'key',
    key: createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString(),
    ...SIGNERS[name],
    ...(SIGNERS[name]?.roles && { identity: `${name}@contoso.example` }),
  }))
  return { version: 1, signers }
}

/** What a whole suite cleans up at its end, newest first: `after` inside `before` would run at once. */
export function suiteCleanup(): Cleanup & { readonly run: () => Promise<void> } {
  const left: (() => unknown)[] = []
  return {
    after: (clean) => void left.push(clean),
    run: async () => {
      for (const clean of left.toReversed()) await clean()
    },
  }
}
