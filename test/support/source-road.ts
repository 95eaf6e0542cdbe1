import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { git } from './git.ts'
import { openRoad, SOURCE } from './road.ts'
import type { CliResult, Road, RoadConfig, RoadOptions } from './road.ts'
import type { Cleanup } from './registries.ts'

/** A road whose folder is a git repository with a source in it, and a folder of tools of its own. */
export class SourceRoad {
  readonly road: Road
  /** First on the PATH of every command. */
  readonly bin: string

  constructor(road: Road) {
    this.road = road
    this.bin = join(road.directory, '.tools')
    this.write({ '.gitignore': '.tools/\n.cache/\nout/\n', 'app.js': 'console.log(1)\n' })
    git(this.directory, ['init', '--quiet', '--initial-branch=dev', '.'])
    appendFileSync(join(this.directory, '.git', 'config'), `[remote "origin"]\n\turl = ${SOURCE}\n`)
    mkdirSync(this.bin, { recursive: true })
    this.commit()
  }

  get directory(): string {
    return this.road.directory
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.directory, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }

  /** Everything, as a new commit; returns it. */
  commit(): string {
    git(this.directory, ['add', '--all'])
    git(this.directory, ['commit', '--quiet', '--allow-empty', '-m', 'source'])
    return git(this.directory, ['rev-parse', 'HEAD']).trim()
  }

  /** Changes waybill.yaml and commits it. */
  configure(edit: (config: RoadConfig) => void): string {
    edit(this.road.config)
    this.road.write()
    return this.commit()
  }

  /** The command line, with JSON for an answer. */
  async json(
    words: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<CliResult & { readonly value: Answer }> {
    const done = await this.cli([...words, '-o', 'json'], env)
    return { ...done, value: JSON.parse(done.stdout || 'null') as Answer }
  }

  cli(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliResult> {
    return this.road.cli(words, { ...this.env, ...env })
  }

  get env(): NodeJS.ProcessEnv {
    return { PATH: `${this.bin}:${process.env.PATH ?? ''}` }
  }
}

/** What these tests read of an answer. */
export interface Answer {
  readonly kind: string
  readonly code?: string
  readonly message?: string
  readonly outcome: string
  readonly digest: string
  readonly commit: string
  readonly dirty: boolean
  readonly checks: readonly {
    readonly check: string
    readonly result: string
    readonly reason: string
    readonly code?: string
    readonly next?: string
    readonly commits?: string
    readonly tool?: Readonly<Record<string, string>>
    readonly command?: readonly string[]
    readonly findings: readonly {
      readonly id: string
      readonly severity: string
      readonly location?: string
    }[]
    readonly setAside: readonly { readonly id: string; readonly suppressed?: string }[]
    readonly counts: Readonly<Record<string, number>>
  }[]
  readonly evidence?: Readonly<Record<string, unknown>>
  readonly verdict: {
    readonly result: string
    readonly gates: readonly { gate: string; result: string; reason: string }[]
  }
}

export async function openSourceRoad(t: Cleanup, options: RoadOptions = {}): Promise<SourceRoad> {
  const road = await openRoad(t, { git: false, ...options })
  road.only('dev')
  return new SourceRoad(road)
}
