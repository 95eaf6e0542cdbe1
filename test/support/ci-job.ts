import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach } from 'node:test'
import { systemClock } from '../../src/base/index.ts'
import type { OnStep, WaybillError } from '../../src/base/index.ts'
import type { Answer, OutputFormat } from '../../src/cli/command.ts'
import { guarded } from '../../src/cli/guard.ts'
import { runAction } from '../../src/cli/run-action.ts'
import { tellFailure } from '../../src/cli/tell-failure.ts'
import type { Outcome } from '../../src/promotion/outcome.ts'
import { outcomeMarkdown, outcomeText, outcomeTold } from '../../src/report/index.ts'
import { azureAgent, githubAgent, gitlabAgent } from './ci-agents.ts'
import type { Agent } from './ci-agents.ts'

/** Where the files of a job are; empty before each test. */
export const folder = mkdtempSync(join(tmpdir(), 'waybill-ci-log-'))
after(() => rmSync(folder, { recursive: true, force: true }))
export const files = {
  output: join(folder, 'output'),
  summary: join(folder, 'summary.md'),
  dotenv: join(folder, 'waybill.env'),
}

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  writeFileSync(files.output, '')
  writeFileSync(files.summary, '')
})

export const systems = {
  github: {
    env: {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: folder,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
    },
    agent: githubAgent,
  },
  azure: {
    env: { TF_BUILD: 'True', AGENT_TEMPDIRECTORY: folder, BUILD_SOURCESDIRECTORY: folder },
    agent: azureAgent,
  },
  gitlab: { env: { GITLAB_CI: 'true' }, agent: gitlabAgent },
  jenkins: {
    env: { JENKINS_URL: 'https://ci.example.com/', BUILD_URL: 'https://ci.example.com/1/' },
    agent: allAgents,
  },
} as const satisfies Record<string, { env: NodeJS.ProcessEnv; agent: Agent }>

export function allAgents(log: string) {
  return [...githubAgent(log), ...azureAgent(log), ...gitlabAgent(log)]
}

/** The harness around one command, with streams that are kept apart as agents read them. */
export function jobOf(env: NodeJS.ProcessEnv, isTTY = false) {
  const text = { stdout: '', stderr: '' }
  const output = (name: 'stdout' | 'stderr') => ({
    isTTY,
    terminal: undefined,
    write: (more: string) => (text[name] += more),
    flushed: async () => undefined,
  })
  const world = guarded({
    cwd: folder,
    env,
    stdout: output('stdout'),
    stderr: output('stderr'),
    signal: new AbortController().signal,
    interruptCode: () => undefined,
    clock: systemClock,
    askSecret: async () => undefined,
    askLine: async () => undefined,
  })
  const does = (
    answer: Answer,
    { output: form, steps }: { output?: OutputFormat; steps?: (onStep: OnStep) => void } = {},
  ) =>
    runAction(
      world,
      { config: undefined, output: form, quiet: false, noColor: false },
      async ({ onStep, announce }) => {
        steps?.(onStep)
        announce(() => answer.value.kind)
        return answer
      },
    )
  return {
    text,
    does,
    fails: (error: WaybillError) => tellFailure(error, world, { json: false, noColor: false }),
  }
}

export function promotionAnswer(value: Outcome): Answer {
  return {
    exit: 3,
    value,
    text: (paint) => outcomeText(value, paint),
    markdown: () => outcomeMarkdown(value),
    told: () => outcomeTold(value, false),
  }
}

/** Every kind of progress, with this text in each. */
export function story(text: string) {
  const said = (word: string) => `${text}${word}${text}`
  return (onStep: OnStep) => {
    onStep({ kind: 'step', step: said('step'), state: 'start', note: said('begin') })
    onStep({ kind: 'note', note: said('note') })
    onStep({ kind: 'blob', digest: said('blob'), done: 1, size: 2, state: 'done' })
    onStep({ kind: 'warning', code: 'CODE', message: said('on the way') })
    onStep({ kind: 'step', step: said('step'), state: 'done', note: said('end') })
    const item = { kind: 'item', item: said('item'), note: said('ended'), total: 1, requests: 1 } as const
    onStep({ ...item, state: 'start' })
    const within = (step: Parameters<OnStep>[0]) => onStep({ ...item, state: 'within', step: step as never })
    within({ kind: 'step', step: said('inner'), state: 'start' })
    within({ kind: 'warning', code: 'CODE', message: said('within') })
    within({ kind: 'step', step: said('inner'), state: 'done', note: said('inner end') })
    onStep({ ...item, state: 'failed' })
  }
}
