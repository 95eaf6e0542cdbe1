import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { githubFile } from '../ci-agents.ts'
import { git } from '../git.ts'
import { runAction } from './github-actions.ts'
import { filled, holds } from './github-expressions.ts'
import type { JobStatus } from './github-expressions.ts'
import { starts } from './github-triggers.ts'
import type { GitHubEvent } from './github-triggers.ts'
import type { HostedProject } from './project.ts'
import { runScript } from './script.ts'
import { listOf, only, textOf } from './strict.ts'
import type { Fields } from './strict.ts'

export interface JobRun {
  readonly id: string
  readonly result: JobStatus | 'skipped'
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  readonly permissions: Fields
  readonly environment: string | undefined
  readonly summary: string
  /** Names of the secrets that each step's environment had. */
  readonly secrets: readonly string[]
}

export interface WorkflowRun {
  readonly name: string
  readonly event: GitHubEvent
  readonly conclusion: JobStatus
  readonly jobs: ReadonlyMap<string, JobRun>
  readonly folder: string
  readonly attempt: number
}

export const REPOSITORY = 'contoso/ordersvc'

/** GitHub and its runners, on this machine: workflows of the repository start, job by job, as events happen. */
export class GitHub {
  readonly world: HostedProject
  /** Settings → Environments: secrets, and the branches and tags that may use them. */
  readonly environments = new Map<
    string,
    { secrets: Readonly<Record<string, string>>; refs: readonly string[] }
  >()
  /** Secrets of the repository. */
  secrets: Readonly<Record<string, string>> = {}
  readonly runs: WorkflowRun[] = []

  constructor(world: HostedProject) {
    this.world = world
  }

  /** Starts what the event starts, and what its end starts; returns those runs. */
  async happens(event: GitHubEvent): Promise<readonly WorkflowRun[]> {
    const started: WorkflowRun[] = []
    for (const workflow of this.#workflowsAt(event)) {
      if (!starts(workflow, event)) continue
      const folder = mkdtempSync(join(this.world.home, 'run-'))
      const run = await this.#run(workflow, event, folder, 1, new Map())
      started.push(run, ...(await this.#followers(run)))
    }
    return started
  }

  /** "Re-run failed jobs". */
  async again(run: WorkflowRun): Promise<WorkflowRun> {
    const workflow = this.#workflowsAt(run.event).find(({ name }) => name === run.name) as Fields
    const kept = [...run.jobs].filter(([, { result }]) => result === 'success')
    return this.#run(workflow, run.event, run.folder, run.attempt + 1, new Map(kept))
  }

  async #followers(run: WorkflowRun): Promise<readonly WorkflowRun[]> {
    const { ref } = run.event
    const ended = { name: run.name, conclusion: run.conclusion, head_branch: ref.replace('refs/heads/', '') }
    const sha = git(this.world.origin.directory, ['rev-parse', 'main']).trim()
    const payload = { action: 'completed', workflow_run: ended }
    return this.happens({ name: 'workflow_run', ref: 'refs/heads/main', sha, payload })
  }

  /** Of the commit of a push or pull request; of the default branch for everything else. */
  #workflowsAt({ name, sha }: GitHubEvent): readonly Fields[] {
    const commit = name === 'push' || name === 'pull_request' ? sha : 'main'
    const origin = this.world.origin.directory
    const paths = git(origin, ['ls-tree', '-r', '--name-only', commit, '.github/workflows'])
    return paths
      .split('\n')
      .filter(Boolean)
      .map((path) => {
        const known = ['name', 'on', 'permissions', 'concurrency', 'jobs']
        return only(parse(git(origin, ['show', `${commit}:${path}`])), known, path)
      })
  }

  async #run(
    workflow: Fields,
    event: GitHubEvent,
    folder: string,
    attempt: number,
    done: Map<string, JobRun>,
  ): Promise<WorkflowRun> {
    if (JSON.stringify(workflow['permissions']) !== '{}') throw new Error('permissions for every job')
    const definitions = Object.entries(workflow['jobs'] as Record<string, Fields>)
    const waiting = definitions.filter(([id]) => !done.has(id))
    while (waiting.length > 0) {
      const next = waiting.findIndex(([, { needs }]) => listOf(needs).every((id) => done.has(textOf(id))))
      const [[id, definition] = ['', {}]] = waiting.splice(next, 1)
      const job = new GitHubJob(this, event, folder, attempt, done)
      done.set(id, await job.run(id, definition))
    }
    const isBad = [...done.values()].some(({ result }) => result === 'failure')
    const conclusion = isBad ? ('failure' as const) : ('success' as const)
    const run = { name: textOf(workflow['name']), event, conclusion, jobs: done, folder, attempt }
    this.runs.push(run)
    return run
  }
}

const JOB = [
  'name',
  'needs',
  'if',
  'runs-on',
  'container',
  'timeout-minutes',
  'environment',
  'concurrency',
  'permissions',
  'outputs',
  'env',
  'steps',
]
const STEP = ['name', 'id', 'if', 'env', 'run', 'uses', 'with']

class GitHubJob {
  readonly #github: GitHub
  readonly #event: GitHubEvent
  readonly #folder: string
  readonly #attempt: number
  readonly #done: ReadonlyMap<string, JobRun>
  #env: Record<string, string> = {}
  #path: string[] = []
  #log = ''
  #summary = ''
  #status: JobStatus = 'success'
  readonly #outputs: Record<string, Readonly<Record<string, string>>> = {}
  readonly #seen = new Set<string>()

  constructor(
    github: GitHub,
    event: GitHubEvent,
    folder: string,
    attempt: number,
    done: ReadonlyMap<string, JobRun>,
  ) {
    this.#github = github
    this.#event = event
    this.#folder = folder
    this.#attempt = attempt
    this.#done = done
  }

  async run(id: string, definition: Fields): Promise<JobRun> {
    const { permissions, environment, concurrency, ...job } = only(definition, JOB, id)
    const place = environmentName(environment)
    const ended = (result: JobRun['result'], outputs = {}): JobRun => ({
      id,
      result,
      log: this.#log,
      outputs,
      permissions: only(permissions, ['contents', 'id-token', 'packages', 'pull-requests'], 'permissions'),
      environment: place,
      summary: this.#summary,
      secrets: [...this.#seen],
    })
    if (concurrency) this.#checkQueue(only(concurrency, ['group', 'queue'], 'concurrency'))
    const needed = listOf(job['needs']).map((name) => this.#done.get(textOf(name)))
    const before = needed.every((one) => one?.result === 'success') ? 'success' : 'failure'
    if (!holds(job['if'], this.#contexts(), before)) return ended('skipped')
    const secrets = this.#secretsFor(place)
    if (secrets === undefined) {
      this.#log += `Branch is not allowed to deploy to ${place}`
      return ended('failure')
    }
    const machine = this.#machine()
    for (const [name, value] of Object.entries((job['env'] ?? {}) as Fields))
      this.#env[name] = filled(value, this.#contexts())
    for (const step of listOf(job['steps']))
      await this.#step(only(step, STEP, `step of ${id}`), secrets, machine, (permissions ?? {}) as Fields)
    const outputs = Object.entries((job['outputs'] ?? {}) as Fields).map(([name, value]) => [
      name,
      filled(value, { ...this.#contexts(), steps: this.#steps() }),
    ])
    return ended(this.#status, Object.fromEntries(outputs))
  }

  #checkQueue({ group, queue }: Fields): void {
    filled(group, this.#contexts())
    if (queue !== 'max') throw new Error('a waiting promotion could be dropped')
  }

  /** undefined: the environment does not let this branch in. */
  #secretsFor(place: string | undefined): Readonly<Record<string, string>> | undefined {
    const isForeign = isFork(this.#event) || this.#event.actor === 'dependabot[bot]'
    const common = isForeign && this.#event.name === 'pull_request' ? {} : this.#github.secrets
    if (place === undefined) return common
    const environment = this.#github.environments.get(place)
    if (!environment) throw new Error(`no environment ${place}`)
    const isAllowed = environment.refs.some((ref) =>
      new RegExp(`^refs/(heads|tags)/${ref}$`).test(this.#event.ref),
    )
    return isAllowed ? { ...common, ...environment.secrets } : undefined
  }

  #machine() {
    const root = mkdtempSync(join(this.#folder, 'machine-'))
    const folder = (name: string) => {
      mkdirSync(join(root, name))
      return join(root, name)
    }
    const machine = {
      home: folder('home'),
      temp: folder('temp'),
      workspace: folder('workspace'),
      files: folder('files'),
    }
    writeFileSync(join(machine.files, 'event.json'), JSON.stringify(this.#event.payload ?? {}))
    return machine
  }

  async #step(step: Fields, secrets: Fields, machine: Machine, permissions: Fields): Promise<void> {
    const contexts = { ...this.#contexts(), steps: this.#steps(), runner: { temp: machine.temp }, secrets }
    // `if` knows no secrets.
    if (!holds(step['if'], { ...contexts, secrets: undefined }, this.#status)) return
    const env = Object.fromEntries(
      Object.entries((step['env'] ?? {}) as Fields).map(([name, value]) => [name, filled(value, contexts)]),
    )
    const where = textOf(step['name'] ?? step['uses'])
    try {
      if (step['uses'] !== undefined) this.#use(step, contexts, machine, permissions)
      else await this.#script(step, env, secrets, machine, permissions)
    } catch (error) {
      this.#log += `${where}: ${String(error)}\n`
      this.#status = 'failure'
    }
  }

  #use(step: Fields, contexts: Fields, machine: Machine, permissions: Fields): void {
    const given = Object.entries((step['with'] ?? {}) as Fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? filled(value, contexts) : value,
    ])
    const artifacts = join(this.#folder, 'artifacts')
    const { env = {}, outputs = {} } = runAction(textOf(step['uses']), Object.fromEntries(given), {
      workspace: machine.workspace,
      origin: this.#github.world.origin.directory,
      sha: this.#event.sha,
      source: this.#github.world.source,
      artifacts,
      permissions,
      env: this.#env,
    })
    Object.assign(this.#env, env)
    if (step['id'] !== undefined) this.#outputs[textOf(step['id'])] = outputs
  }

  async #script(
    step: Fields,
    own: Record<string, string>,
    secrets: Fields,
    machine: Machine,
    permissions: Fields,
  ) {
    const text = textOf(step['run'])
    if (text.includes('${{')) throw new Error('an expression inside a script')
    this.#notes(own, secrets)
    const file = (name: string) => {
      const path = join(machine.files, name)
      writeFileSync(path, '')
      return path
    }
    const files = {
      GITHUB_OUTPUT: file('output'),
      GITHUB_ENV: file('env'),
      GITHUB_PATH: file('path'),
      GITHUB_STEP_SUMMARY: file('summary'),
    }
    const env = { ...this.#variables(machine, permissions), ...this.#env, ...own, ...files }
    const { code, log } = await runScript(text, ['bash', '-e'], {
      folder: machine.files,
      directory: machine.workspace,
      env,
    })
    this.#log += log
    const read = (name: keyof typeof files) => readFileSync(files[name], 'utf8')
    if (step['id'] !== undefined) this.#outputs[textOf(step['id'])] = githubFile(read('GITHUB_OUTPUT'))
    for (const line of read('GITHUB_ENV').split('\n').filter(Boolean)) {
      const at = line.indexOf('=')
      this.#env[line.slice(0, at)] = line.slice(at + 1)
    }
    this.#path.unshift(...read('GITHUB_PATH').split('\n').filter(Boolean))
    this.#summary += read('GITHUB_STEP_SUMMARY')
    if (code !== 0) {
      this.#log += `Process completed with exit code ${code}.\n`
      this.#status = 'failure'
    }
  }

  #notes(env: Readonly<Record<string, string>>, secrets: Fields): void {
    for (const [name, value] of Object.entries(secrets))
      if (Object.values(env).includes(textOf(value))) this.#seen.add(name)
  }

  #variables(machine: Machine, permissions: Fields): Record<string, string> {
    const { event } = { event: this.#event }
    return {
      ...this.#github.world.machine,
      PATH: [...this.#path, this.#github.world.bin, '/usr/local/bin:/usr/bin:/bin'].join(':'),
      HOME: machine.home,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_SHA: event.sha,
      GITHUB_REF: event.ref,
      GITHUB_REF_NAME: event.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
      GITHUB_EVENT_NAME: event.name,
      GITHUB_EVENT_PATH: join(machine.files, 'event.json'),
      GITHUB_ACTOR: event.actor ?? 'ada',
      GITHUB_RUN_ID: '77',
      GITHUB_RUN_ATTEMPT: String(this.#attempt),
      GITHUB_WORKSPACE: machine.workspace,
      RUNNER_TEMP: machine.temp,
      // A job without the right has no such address.
      ...(permissions['id-token'] === 'write' && { MAY_ASK_FOR_IDENTITY: 'yes' }),
    }
  }

  #contexts(): Fields {
    const { name, ref, sha, actor = 'ada', payload = {}, inputs } = this.#event
    const needs = Object.fromEntries(
      [...this.#done].map(([id, { outputs, result }]) => [id, { outputs, result }]),
    )
    const github = {
      event_name: name,
      ref,
      sha,
      actor,
      repository: REPOSITORY,
      event: payload,
      token: 'github-token',
    }
    return { github, inputs: inputs ?? {}, needs, vars: {} }
  }

  #steps(): Fields {
    return Object.fromEntries(Object.entries(this.#outputs).map(([id, outputs]) => [id, { outputs }]))
  }
}

type Machine = {
  readonly home: string
  readonly temp: string
  readonly workspace: string
  readonly files: string
}

function environmentName(environment: unknown): string | undefined {
  if (environment === undefined || typeof environment === 'string') return environment
  const { name, deployment } = only(environment, ['name', 'deployment'], 'environment')
  if (deployment !== false) throw new Error('deployment')
  return textOf(name)
}

function isFork({ payload = {} }: GitHubEvent): boolean {
  const pull = payload['pull_request'] as { head: { repo: { full_name: string } } } | undefined
  return pull !== undefined && pull.head.repo.full_name !== REPOSITORY
}
