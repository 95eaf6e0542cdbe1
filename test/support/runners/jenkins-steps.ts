import { spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Call, Node } from './groovy.ts'
import { calls, textOf } from './jenkins-model.ts'
import { valueOf } from './jenkins-values.ts'
import type { BuildFacts } from './jenkins-values.ts'

export interface Credential {
  readonly kind: 'string' | 'file'
  readonly value: string
}

/** What the stages of one build share. */
export interface Build {
  readonly root: string
  readonly facts: BuildFacts
  readonly credentials: ReadonlyMap<string, Credential>
  readonly signal: AbortSignal
  readonly log: string[]
  /** Path in the archive → its text. */
  readonly artifacts: Map<string, string>
  /** Files that junit read. */
  readonly tests: string[]
  /** Stage → ids of credentials that it was given. */
  readonly bound: Map<string, readonly string[]>
}

/** Where a step runs. */
export interface Place {
  readonly build: Build
  readonly stage: string
  readonly workspace: string
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** Runs steps one after another; the first that fails ends it. */
export async function runSteps(steps: readonly Node[], place: Place): Promise<void> {
  for (const step of calls(steps)) await runStep(step, place)
}

async function runStep(step: Call, place: Place): Promise<void> {
  const { name, args, body = [] } = step
  switch (name) {
    case 'sh':
      return sh(textOf(args[0]), place)
    case 'echo':
      return void place.build.log.push(text(args[0], place))
    case 'dir': {
      const folder = resolve(place.folder, text(args[0], place))
      mkdirSync(folder, { recursive: true })
      return runSteps(body, { ...place, folder })
    }
    case 'deleteDir':
      return rmSync(place.folder, { recursive: true, force: true })
    case 'timeout':
    case 'lock':
      return runSteps(body, place)
    case 'withCredentials':
      return withCredentials(step, place)
    case 'stash':
      return stash(step, place)
    case 'unstash':
      return unstash(text(args[0], place), place)
    case 'archiveArtifacts':
      return archive(step, place)
    case 'junit':
      return junit(step, place)
    default:
      throw new Error(`No such DSL method '${name}'`)
  }
}

/** A script that names its own shell is not traced; any other one is (`sh -xe`). */
async function sh(script: string, { build, folder, env, workspace }: Place): Promise<void> {
  const file = join(`${workspace}@tmp`, `durable-${build.log.length}`, 'script.sh')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, script)
  chmodSync(file, 0o700)
  const words = script.startsWith('#!') ? [file] : ['sh', '-xe', file]
  const [program = '', ...rest] = words
  const child = spawn(program, rest, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: build.signal,
  })
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => build.log.push(chunk))
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed)
    child.once('close', done)
  })
  rmSync(dirname(file), { recursive: true })
  if (code !== 0) throw new Error(`script returned exit code ${code}`)
}

async function withCredentials({ args, body = [] }: Call, place: Place): Promise<void> {
  const [list] = args
  const env: Record<string, string> = { ...place.env }
  const files: string[] = []
  for (const binding of calls(list?.kind === 'list' ? list.items : [])) {
    const id = textOf(binding.named.credentialsId)
    const found = place.build.credentials.get(id)
    if (found?.kind !== binding.name)
      throw new Error(`Could not find credentials entry with ID '${id}' of kind ${binding.name}`)
    const { bound } = place.build
    bound.set(place.stage, [...(bound.get(place.stage) ?? []), id])
    const variable = textOf(binding.named.variable)
    if (found.kind === 'string') env[variable] = found.value
    else {
      const file = join(`${place.workspace}@tmp`, 'secretFiles', variable)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, found.value, { mode: 0o600 })
      files.push(file)
      env[variable] = file
    }
  }
  try {
    await runSteps(body, { ...place, env })
  } finally {
    for (const file of files) rmSync(file)
  }
}

function stash({ named }: Call, { build, folder }: Place): void {
  const { name, includes, allowEmpty, ...more } = named
  strict('stash', more)
  const files = filesIn(folder, textOf(includes))
  if (files.length === 0 && !isTrue(allowEmpty))
    throw new Error(`No files included in stash '${textOf(name)}'`)
  for (const file of files) copy(join(folder, file), join(build.root, 'stashes', textOf(name), file))
  mkdirSync(join(build.root, 'stashes', textOf(name)), { recursive: true })
}

function unstash(name: string, { build, folder }: Place): void {
  const from = join(build.root, 'stashes', name)
  if (!existsSync(from)) throw new Error(`No such saved stash '${name}'`)
  cpSync(from, folder, { recursive: true })
}

function archive({ named }: Call, { build, folder }: Place): void {
  const { artifacts, allowEmptyArchive, ...more } = named
  strict('archiveArtifacts', more)
  const files = filesIn(folder, textOf(artifacts))
  if (files.length === 0 && !isTrue(allowEmptyArchive))
    throw new Error(`No artifacts found that match ${textOf(artifacts)}`)
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8')
    const before = build.artifacts.get(file)
    if (before !== undefined && before !== text) throw new Error(`the archive has another ${file} already`)
    build.artifacts.set(file, text)
  }
}

function junit({ named }: Call, { build, folder }: Place): void {
  const { testResults, allowEmptyResults, ...more } = named
  strict('junit', more)
  const files = filesIn(folder, textOf(testResults))
  if (files.length === 0 && !isTrue(allowEmptyResults)) throw new Error('No test report files were found.')
  build.tests.push(...files.map((file) => readFileSync(join(folder, file), 'utf8')))
}

function filesIn(folder: string, pattern: string): readonly string[] {
  return globSync(pattern, { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}

function text(node: Node | undefined, { build, env }: Place): string {
  return String(valueOf(node as Node, { ...build.facts, env }))
}

function isTrue(node: Node | undefined): boolean {
  return node?.kind === 'constant' && node.value === true
}

function strict(step: string, more: object): void {
  if (Object.keys(more).length > 0) throw new Error(`${step}: unknown ${Object.keys(more).join(', ')}`)
}
