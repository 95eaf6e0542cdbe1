import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Step } from '../../src/base/index.ts'
import { buildImage, buildSchema } from '../../src/pipeline/index.ts'
import type { BuildParts, BuildSpec, BuiltImage } from '../../src/pipeline/index.ts'
import { openLayout } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'

export const COMMITTED = '2026-02-03T04:05:06Z'
const URL = 'https://git.example.com/contoso/ordersvc.git'

/** A temporary folder that removes itself. */
export class Scratch {
  readonly path = mkdtempSync(join(tmpdir(), 'waybill-test-'))

  /** Writes files, directories as needed; returns the folder they are in. */
  files(folder: string, files: Readonly<Record<string, string>>): string {
    const root = join(this.path, folder)
    mkdirSync(root, { recursive: true })
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return root
  }

  /** The same, committed to a git repository with a fixed author and time. */
  repository(folder: string, files: Readonly<Record<string, string>>): string {
    const root = this.files(folder, files)
    execFileSync('git', ['init', '-q', '-b', 'main', '.'], { cwd: root, stdio: 'pipe' })
    appendFileSync(join(root, '.git', 'config'), `[remote "origin"]\n\turl = ${URL}\n`)
    commitAll(root, false)
    return root
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Commits everything at COMMITTED, in place of the commit before. */
export function commitAll(root: string, amend = true): void {
  const who = { NAME: 'Ada', EMAIL: 'ada@example.com', DATE: COMMITTED }
  const identity = Object.entries(who).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ])
  const env = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', ...Object.fromEntries(identity) }
  const run = (...args: string[]) => execFileSync('git', args, { cwd: root, env, stdio: 'pipe' })
  run('add', '-A', '-f')
  run('commit', '-q', '-m', 'seed', ...(amend ? ['--amend'] : []))
}

export interface Built {
  readonly image: BuiltImage
  readonly store: ImageStore
  readonly steps: readonly Step[]
  readonly warnings: readonly string[]
}

export interface BuildOptions {
  readonly build?: Readonly<Record<string, unknown>>
  readonly spec?: Partial<BuildSpec>
  readonly env?: NodeJS.ProcessEnv
  /** Folder of a layout, or a store. */
  readonly to: string | ImageStore
  readonly openStore?: BuildParts['openStore']
  readonly identity?: BuildParts['identity']
}

/** Builds `directory` into `to`, with nothing of this process's environment but PATH. */
export async function build(directory: string, options: BuildOptions): Promise<Built> {
  const steps: Step[] = []
  const { to } = options
  const store = typeof to === 'string' ? await openLayout(to, { create: true }) : to
  const parts: BuildParts = {
    openStore: options.openStore ?? ((reference) => openLayout(reference.replace(/^layout:/, ''))),
    onStep: (step) => steps.push(step),
    signal: new AbortController().signal,
    now: new Date('2026-11-20T12:00:00Z'),
    env: { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', ...options.env },
    version: '0.0.0-test',
    ...(options.identity && { identity: options.identity }),
  }
  const spec = {
    application: 'ordersvc',
    directory,
    build: buildSchema.parse(options.build ?? {}),
    ...options.spec,
  }
  const image = await buildImage(spec, store, parts)
  const warnings = steps.flatMap((step) => (step.kind === 'warning' ? [step.code] : []))
  return { image, store, steps, warnings }
}
