import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuildOutcome } from '../../src/pipeline/index.ts'
import { commitAll } from './build.ts'
import { openRoad, SOURCE } from './road.ts'
import type { CliResult, Road, RoadOptions } from './road.ts'
import type { Cleanup } from './registries.ts'

/** A road whose images are built by the command line, from a git repository beside waybill.yaml. */
export interface BuiltRoad {
  readonly road: Road
  /** Commits `text`, and builds. Words go to `waybill build ordersvc`. */
  readonly build: (text: string, words?: readonly string[], env?: NodeJS.ProcessEnv) => Promise<CliResult>
  /** As `build`, for one that must work. */
  readonly built: (text: string, words?: readonly string[], env?: NodeJS.ProcessEnv) => Promise<BuildOutcome>
  /** Full commit that is checked out. */
  readonly commit: () => string
}

export async function openBuiltRoad(
  t: Cleanup,
  block: Readonly<Record<string, unknown>> = {},
  options: RoadOptions = {},
): Promise<BuiltRoad> {
  const road = await openRoad(t, { git: false, ...options })
  road.config.applications = { ordersvc: { source: SOURCE, build: { context: 'app', ...block } } }
  road.write()
  const root = join(road.directory, 'app')
  mkdirSync(root)
  execFileSync('git', ['init', '-q', '-b', 'dev', '.'], { cwd: root })
  appendFileSync(join(root, '.git', 'config'), `[remote "origin"]\n\turl = ${SOURCE}.git\n`)
  let isFirst = true
  const build = async (text: string, words: readonly string[] = [], env: NodeJS.ProcessEnv = {}) => {
    writeFileSync(join(root, 'hello.txt'), text)
    commitAll(root, !isFirst)
    isFirst = false
    return road.cli(['build', 'ordersvc', '-o', 'json', ...words], env)
  }
  return {
    road,
    build,
    built: async (...asked) => {
      const { code, stdout, stderr } = await build(...asked)
      if (code !== 0) throw new Error(stderr)
      return JSON.parse(stdout) as BuildOutcome
    },
    commit: () => execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root }).toString().trim(),
  }
}
