import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { azureAgent } from '../ci-agents.ts'
import { git } from '../git.ts'
import { evaluate } from './azure-expressions.ts'
import { FILE, JOB, jobNameOf, STAGE, stepKind, stepsOf } from './azure-schema.ts'
import { runTask } from './azure-tasks.ts'
import { expanded, parametersOf } from './azure-template.ts'
import { startsPipeline } from './azure-triggers.ts'
import type { AzureEvent } from './azure-triggers.ts'
import type { HostedProject } from './project.ts'
import { runScript } from './script.ts'
import { listOf, only, textOf } from './strict.ts'
import type { Fields } from './strict.ts'

export type Result = 'Succeeded' | 'Failed' | 'Skipped'

export interface AzureJobRun {
  readonly result: Result
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
  readonly shown: readonly string[]
  readonly summary: string
}

export interface PipelineRun {
  readonly name: string
  readonly event: AzureEvent
  readonly result: Result
  /** By `stage/job`; the stage of a file without stages is `__default`. */
  readonly jobs: ReadonlyMap<string, AzureJobRun>
  /** Environments and variable groups whose checks were asked, stage by stage. */
  readonly asked: readonly string[]
  readonly folder: string
  readonly attempt: number
}

/** An Azure Resource Manager connection with workload identity federation. */
export interface AzureConnection {
  readonly id: string
  readonly client: string
  readonly tenant: string
  /** Pipelines that may use it. */
  readonly pipelines: readonly string[]
}

/** Azure Pipelines and its agents, on this machine: pipelines of the project start, stage by stage, as things happen. */
export class AzureDevOps {
  readonly world: HostedProject
  /** Name → file: `az pipelines create`. */
  readonly pipelines = new Map<string, string>()
  /** Environments, and variable groups with secrets: each with the branches that Branch control lets in. */
  readonly environments = new Map<string, readonly string[]>()
  readonly groups = new Map<string, { secrets: Readonly<Record<string, string>>; refs: readonly string[] }>()
  readonly connections = new Map<string, AzureConnection>()
  /** Where the REST interface answers. */
  readonly collection: string
  readonly runs: PipelineRun[] = []

  constructor(world: HostedProject, collection: string) {
    this.world = world
    this.collection = collection
  }

  async happens(event: AzureEvent): Promise<readonly PipelineRun[]> {
    const started: PipelineRun[] = []
    for (const [name, path] of this.pipelines) {
      const file = this.#file(path, event.sha)
      if (!startsPipeline(name, file, event)) continue
      const folder = mkdtempSync(join(this.world.home, 'run-'))
      const run = await this.#run(name, file, event, folder, 1, new Map())
      started.push(run)
      if (run.result === 'Succeeded')
        started.push(
          ...(await this.happens({
            reason: 'ResourceTrigger',
            ref: event.ref,
            sha: event.sha,
            pipeline: name,
          })),
        )
    }
    return started
  }

  /** "Rerun failed jobs". */
  async again(run: PipelineRun): Promise<PipelineRun> {
    const kept = [...run.jobs].filter(([, { result }]) => result === 'Succeeded')
    const file = this.#file(this.pipelines.get(run.name) ?? '', run.event.sha)
    return this.#run(run.name, file, run.event, run.folder, run.attempt + 1, new Map(kept))
  }

  #file(path: string, sha: string): Fields {
    return only(parse(git(this.world.origin.directory, ['show', `${sha}:${path}`])), FILE, path)
  }

  async #run(
    name: string,
    file: Fields,
    event: AzureEvent,
    folder: string,
    attempt: number,
    done: Map<string, AzureJobRun>,
  ): Promise<PipelineRun> {
    const parameters = parametersOf(file['parameters'], event.parameters ?? {})
    const whole = expanded(file, parameters) as Fields
    const stages = listOf(whole['stages'] ?? [{ stage: '__default', dependsOn: [], jobs: whole['jobs'] }])
    const asked: string[] = []
    const ended = new Map<string, Result>()
    for (const one of stages) {
      const stage = only(one, STAGE, 'stage')
      const id = textOf(stage['stage'])
      const isReady = listOf(stage['dependsOn']).every((before) => ended.get(textOf(before)) === 'Succeeded')
      const about = { pipeline: name, event, folder, attempt, done, asked }
      ended.set(id, isReady ? await this.#stage(id, stage, about) : 'Skipped')
    }
    const result: Result = [...ended.values()].includes('Failed') ? 'Failed' : 'Succeeded'
    const run = { name, event, result, jobs: done, asked, folder, attempt }
    this.runs.push(run)
    return run
  }

  async #stage(id: string, stage: Fields, about: RunAbout): Promise<Result> {
    const jobs = listOf(stage['jobs']).map((job) => only(job, JOB, `job of ${id}`))
    const refusal = this.#refusal(jobs, about)
    if (refusal !== undefined) {
      const nothing = { outputs: {}, secrets: [], shown: [], summary: '' }
      about.done.set(`${id}/checks`, { result: 'Failed', log: refusal, ...nothing })
      return 'Failed'
    }
    for (const definition of jobs) {
      const name = `${id}/${jobNameOf(definition)}`
      if (about.done.get(name)?.result === 'Succeeded') continue
      about.done.set(name, await new AzureJob(this, id, definition, about).run())
    }
    const results = [...about.done]
      .filter(([name]) => name.startsWith(`${id}/`))
      .map(([, { result }]) => result)
    return results.includes('Failed') ? 'Failed' : 'Succeeded'
  }

  /** Checks of everything that any job of the stage names come before its first job. */
  #refusal(jobs: readonly Fields[], { event, asked }: RunAbout): string | undefined {
    for (const job of jobs) {
      const environment = job['environment']
      const groups = listOf(job['variables']).flatMap((one) => (one as Fields)['group'] ?? [])
      const wanted = [
        ...(environment === undefined
          ? []
          : [[textOf(environment), this.environments.get(textOf(environment))] as const]),
        ...groups.map((group) => [textOf(group), this.groups.get(textOf(group))?.refs] as const),
      ]
      for (const [name, refs] of wanted) {
        if (!refs) return `${name} could not be found`
        asked.push(name)
        if (!refs.some((ref) => new RegExp(`^refs/${ref}$`).test(event.ref)))
          return `Branch control: ${event.ref} may not use ${name}`
      }
    }
    return undefined
  }
}

interface RunAbout {
  readonly pipeline: string
  readonly event: AzureEvent
  readonly folder: string
  readonly attempt: number
  readonly done: Map<string, AzureJobRun>
  readonly asked: string[]
}

class AzureJob {
  readonly #azure: AzureDevOps
  readonly #stage: string
  readonly #definition: Fields
  readonly #about: RunAbout
  readonly #variables = new Map<string, { readonly value: string; readonly isSecret: boolean }>()
  readonly #outputs: Record<string, string> = {}
  readonly #shown: string[] = []
  readonly #seen = new Set<string>()
  #path: string[] = []
  #log = ''
  #summary = ''
  #failed = false

  constructor(azure: AzureDevOps, stage: string, definition: Fields, about: RunAbout) {
    this.#azure = azure
    this.#stage = stage
    this.#definition = definition
    this.#about = about
  }

  async run(): Promise<AzureJobRun> {
    const { dependsOn, condition = 'succeeded()' } = this.#definition
    const before = listOf(dependsOn).map(
      (name) => this.#about.done.get(`${this.#stage}/${textOf(name)}`)?.result,
    )
    const folder = mkdtempSync(join(this.#about.folder, 'agent-'))
    for (const name of ['home', 'temp', 'work', 'work/s']) mkdirSync(join(folder, name))
    this.#predefine(folder)
    if (this.#evaluate(textOf(condition), { failed: before.some((one) => one !== 'Succeeded') }) !== true)
      return this.#ended('Skipped')
    this.#define()
    for (const step of stepsOf(this.#definition)) await this.#step(step as Fields, folder)
    return this.#ended(this.#failed ? 'Failed' : 'Succeeded')
  }

  #ended(result: Result): AzureJobRun {
    return {
      result,
      log: this.#log,
      outputs: this.#outputs,
      secrets: [...this.#seen],
      shown: this.#shown,
      summary: this.#summary,
    }
  }

  #predefine(folder: string): void {
    const { event, attempt } = this.#about
    const pull = event.pullRequest
    const known = {
      'Agent.TempDirectory': join(folder, 'temp'),
      'Pipeline.Workspace': join(folder, 'work'),
      'Build.SourcesDirectory': join(folder, 'work/s'),
      'System.DefaultWorkingDirectory': join(folder, 'work/s'),
      'System.CollectionUri': this.#azure.collection,
      'System.TeamProject': 'shop',
      'System.TeamProjectId': 'b1c2',
      'System.JobAttempt': String(attempt),
      'System.StageAttempt': String(attempt),
      'System.DefinitionId': '3',
      'Build.BuildId': '77',
      'Build.Reason': event.reason,
      'Build.SourceBranch': event.ref,
      'Build.SourceVersion': event.sha,
      'Build.Repository.Provider': 'TfsGit',
      'Build.Repository.Id': 'd3e4',
      'Build.Repository.Uri': this.#azure.world.source,
      'Build.RequestedFor': 'Ada',
      TF_BUILD: 'True',
      ...(pull && {
        'System.PullRequest.PullRequestId': String(pull.id),
        'System.PullRequest.IsFork': pull.isFork ? 'True' : 'False',
      }),
    }
    for (const [name, value] of Object.entries(known)) this.#set(name, value)
    this.#set('System.AccessToken', 'job-access-token', true)
  }

  #set(name: string, value: string, isSecret = false): void {
    this.#variables.set(name.toLowerCase(), { value, isSecret })
  }

  /** Groups and values of the job. Runs of forks get no secrets. */
  #define(): void {
    for (const one of listOf(this.#definition['variables'])) {
      const { group, name, value } = only(one, ['group', 'name', 'value'], 'variable')
      const secrets = this.#azure.groups.get(textOf(group))?.secrets ?? {}
      if (group !== undefined && this.#about.event.pullRequest?.isFork !== true)
        for (const [secret, text] of Object.entries(secrets)) this.#set(secret, text, true)
      if (name === undefined) continue
      const runtime = /^\$\[(.*)\]$/s.exec(textOf(value))?.[1]
      this.#set(
        textOf(name),
        runtime === undefined ? this.#macros(textOf(value)) : textOf(this.#evaluate(runtime.trim())),
      )
    }
  }

  #evaluate(source: string, status?: { readonly failed: boolean }) {
    return evaluate(
      source,
      ([root, ...path]) => {
        if (root === 'variables') return this.#variables.get((path[0] ?? '').toLowerCase())?.value
        const [stage, rest] = root === 'stageDependencies' ? [path[0], path.slice(1)] : [this.#stage, path]
        const [job, outputs, output = ''] = rest
        if ((root !== 'dependencies' && root !== 'stageDependencies') || outputs !== 'outputs')
          throw new Error(`no ${root} here`)
        return this.#about.done.get(`${stage}/${job}`)?.outputs[output]
      },
      status,
    )
  }

  /** `$(name)`; what nobody has set stays as it is. */
  #macros(text: string): string {
    return text.replaceAll(/\$\(([\w.]+)\)/g, (whole, name: string) => {
      return this.#variables.get(name.toLowerCase())?.value ?? whole
    })
  }

  async #step(step: Fields, folder: string): Promise<void> {
    const condition = textOf(step['condition'] ?? 'succeeded()')
    if (this.#evaluate(condition, { failed: this.#failed }) !== true) return
    const isTolerated = step['continueOnError'] === true
    try {
      await this.#carryOut(step, folder)
    } catch (error) {
      this.#log += `${String(error)}\n`
      if (!isTolerated) this.#failed = true
    }
  }

  async #carryOut(step: Fields, folder: string): Promise<void> {
    const { kind, fields } = stepKind(step)
    if (kind === 'checkout') this.#checkout(fields, folder)
    else if (kind === 'publish') this.#publish(fields)
    else if (kind === 'bash') await this.#script(fields['bash'], fields, folder)
    else if (fields['task'] === 'AzureCLI@2') await this.#azureCli(fields, folder)
    else if (kind === 'task') {
      if (fields['env'] !== undefined) throw new Error('no script, so nobody reads env')
      const given = Object.entries(fields['inputs'] as Fields).map(([name, value]) => [
        name,
        this.#macros(textOf(value)),
      ])
      runTask(textOf(fields['task']), Object.fromEntries(given), {
        artifacts: this.#artifacts(),
        shown: this.#shown,
      })
    }
  }

  /** A script with a session of `az` and the identity of a connection, which both end with it. */
  async #azureCli(fields: Fields, folder: string): Promise<void> {
    const { azureSubscription, scriptType, scriptLocation, inlineScript } = fields['inputs'] as Fields
    const name = textOf(azureSubscription)
    const connection = this.#azure.connections.get(name)
    if (name.includes('$(')) throw new Error('a connection cannot be named by a variable')
    if (scriptType !== 'bash' || scriptLocation !== 'inlineScript') throw new Error('another script')
    if (!connection?.pipelines.includes(this.#about.pipeline))
      throw new Error(`${this.#about.pipeline} may not use the connection ${name}`)
    const session = join(folder, 'temp', '.azclitask')
    mkdirSync(session)
    writeFileSync(join(session, 'azureProfile.json'), JSON.stringify({ client: connection.client }))
    const identity = {
      AZURE_CONFIG_DIR: session,
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: connection.id,
      AZURESUBSCRIPTION_CLIENT_ID: connection.client,
      AZURESUBSCRIPTION_TENANT_ID: connection.tenant,
    }
    try {
      await this.#script(inlineScript, fields, folder, identity)
    } finally {
      rmSync(session, { recursive: true })
    }
  }

  #artifacts(): string {
    return join(this.#about.folder, 'artifacts')
  }

  #checkout({ checkout, fetchDepth }: Fields, folder: string): void {
    if (checkout === 'none') return
    const sources = join(folder, 'work/s')
    git(sources, ['init', '--quiet', '.'])
    git(sources, ['remote', 'add', 'origin', this.#azure.world.source])
    const shallow = fetchDepth === 0 ? [] : [`--depth=${textOf(fetchDepth)}`]
    git(sources, [
      'fetch',
      '--quiet',
      ...shallow,
      `file://${this.#azure.world.origin.directory}`,
      this.#about.event.sha,
    ])
    git(sources, ['checkout', '--quiet', '--force', this.#about.event.sha])
  }

  #publish({ publish, artifact }: Fields): void {
    const from = this.#macros(textOf(publish))
    const to = join(this.#artifacts(), this.#macros(textOf(artifact)))
    if (!existsSync(from) || readdirSync(from).length === 0) throw new Error(`Path does not exist: ${from}`)
    if (existsSync(to)) throw new Error(`Artifact ${to} already exists`)
    cpSync(from, to, { recursive: true })
  }

  async #script(
    script: unknown,
    { env: given = {}, name }: Fields,
    folder: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const text = textOf(script)
    if (this.#macros(text) !== text) throw new Error('a macro inside a script')
    const own = Object.entries(given as Fields).map(
      ([key, value]) => [key, this.#macros(textOf(value))] as const,
    )
    for (const [key, { value, isSecret }] of this.#variables)
      if (isSecret && own.some(([, one]) => one === value)) this.#seen.add(key.toUpperCase())
    const open = [...this.#variables].filter(([, { isSecret }]) => !isSecret)
    const env = {
      ...this.#azure.world.machine,
      PATH: [...this.#path, this.#azure.world.bin, '/usr/local/bin:/usr/bin:/bin'].join(':'),
      HOME: join(folder, 'home'),
      ...Object.fromEntries(open.map(([key, { value }]) => [key.toUpperCase().replaceAll('.', '_'), value])),
      ...more,
      ...Object.fromEntries(own),
    }
    const shell = ['bash', '--noprofile', '--norc'] as const
    const { code, log } = await runScript(text, shell, {
      folder: join(folder, 'temp'),
      directory: join(folder, 'work/s'),
      env,
    })
    this.#log += log
    this.#obey(log, name)
    if (code !== 0) throw new Error(`Bash exited with code '${code}'.`)
  }

  #obey(log: string, step: unknown): void {
    for (const { name, properties, data } of azureAgent(log)) {
      if (name === 'task.setvariable') {
        const variable = properties['variable'] ?? ''
        const isOutput = properties['isoutput'] ?? properties['isOutput']
        if (isOutput === 'true') this.#outputs[`${textOf(step)}.${variable}`] = data
        else this.#set(variable, data)
      } else if (name === 'task.prependpath') this.#path.unshift(data)
      else if (name === 'task.uploadsummary') this.#summary += readFileSync(data, 'utf8')
      else if (name.includes('.') && name !== 'task.logissue') throw new Error(`no command ${name} here`)
    }
  }
}
