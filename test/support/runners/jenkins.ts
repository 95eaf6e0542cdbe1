import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Node } from './groovy.ts'
import { readPipeline } from './jenkins-model.ts'
import type { Parameter, Stage } from './jenkins-model.ts'
import { runSteps } from './jenkins-steps.ts'
import type { Build, Credential, Place } from './jenkins-steps.ts'
import { holds, valueOf } from './jenkins-values.ts'

export type { Credential } from './jenkins-steps.ts'

/** One build, as Jenkins is told of it. */
export interface JenkinsOrder {
  /** Folder of this build, empty. */
  readonly root: string
  /** Text of the Jenkinsfile. */
  readonly file: string
  /** Variables that Jenkins sets: `BRANCH_NAME`, `CHANGE_ID`, `BUILD_NUMBER`… and those of the machine. */
  readonly env: Readonly<Record<string, string>>
  readonly params?: Readonly<Record<string, string>>
  readonly causes?: readonly string[]
  readonly credentials: ReadonlyMap<string, Credential>
  /** Puts the source into a new workspace; gives what the checkout says about it (`GIT_COMMIT`…). */
  readonly checkout: (workspace: string) => Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export interface JenkinsResult {
  readonly result: 'SUCCESS' | 'FAILURE'
  /** In the order in which they ended. */
  readonly stages: readonly { readonly name: string; readonly state: 'ran' | 'skipped' | 'failed' }[]
  readonly log: string
  readonly artifacts: ReadonlyMap<string, string>
  readonly tests: readonly string[]
  readonly bound: ReadonlyMap<string, readonly string[]>
}

interface Run {
  readonly order: JenkinsOrder
  readonly build: Build
  readonly stages: JenkinsResult['stages'][number][]
}

/** Runs a declarative pipeline as ModelInterpreter of pipeline-model-definition does, on this machine. */
export async function runJenkins(order: JenkinsOrder): Promise<JenkinsResult> {
  const pipeline = readPipeline(order.file)
  const params = parametersOf(pipeline.parameters, order.params ?? {})
  const env = { ...order.env, ...params }
  const build: Build = {
    root: order.root,
    facts: { env, params, causes: order.causes ?? [] },
    credentials: order.credentials,
    signal: order.signal,
    log: [],
    artifacts: new Map(),
    tests: [],
    bound: new Map(),
  }
  const run: Run = { order, build, stages: [] }
  const result = (await inOrder(pipeline.stages, run)) ? 'SUCCESS' : 'FAILURE'
  return { ...build, result, stages: run.stages, log: build.log.join('') }
}

/** @throws when a value is none of the choices, or of a parameter that the file does not have */
function parametersOf(
  parameters: readonly Parameter[],
  typed: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(typed)) {
    const found = parameters.find((one) => one.name === name)
    if (!found) throw new Error(`no parameter ${name}`)
    if (found.choices && !found.choices.includes(value)) throw new Error(`${value} is no choice of ${name}`)
  }
  return Object.fromEntries(parameters.map(({ name, value }) => [name, typed[name] ?? value]))
}

/** After one that failed the others are skipped. */
async function inOrder(stages: readonly Stage[], run: Run): Promise<boolean> {
  let isWell = true
  for (const stage of stages) isWell = isWell ? await one(stage, run) : skip(stage, run)
  return isWell
}

async function one(stage: Stage, run: Run): Promise<boolean> {
  if (stage.when.length > 0 && !holds(stage.when, run.build.facts)) {
    skip(stage, run)
    return true
  }
  const isWell = stage.parallel
    ? (await Promise.all(stage.parallel.map((inner) => one(inner, run)))).every(Boolean)
    : stage.stages
      ? await inOrder(stage.stages, run)
      : await onAgent(stage, run)
  run.stages.push({ name: stage.name, state: isWell ? 'ran' : 'failed' })
  return isWell
}

function skip(stage: Stage, run: Run): false {
  for (const inner of stage.parallel ?? stage.stages ?? []) skip(inner, run)
  run.stages.push({ name: stage.name, state: 'skipped' })
  return false
}

async function onAgent(stage: Stage, { order, build, stages }: Run): Promise<boolean> {
  const workspace = join(build.root, 'workspace', `${stages.length}-${stage.name.replaceAll(/\W+/g, '-')}`)
  mkdirSync(`${workspace}@tmp`, { recursive: true })
  const env: Record<string, string> = {
    ...build.facts.env,
    WORKSPACE: workspace,
    WORKSPACE_TMP: `${workspace}@tmp`,
    ...order.checkout(workspace),
  }
  for (const [name, value] of stage.environment) env[name] = String(valueOf(value, { ...build.facts, env }))
  const place = { build, stage: stage.name, workspace, folder: workspace, env }
  const isWell = await inPost(stage, place, await attempt(stage.steps ?? [], place))
  rmSync(workspace, { recursive: true, force: true })
  return isWell
}

/** `cleanup` comes last, whatever the others came to. */
async function inPost({ post }: Stage, place: Place, isWell: boolean): Promise<boolean> {
  let isStillWell = isWell
  for (const condition of ['always', isWell ? 'success' : 'failure', 'cleanup'])
    isStillWell = (await attempt(post.get(condition) ?? [], place)) && isStillWell
  return isStillWell
}

async function attempt(steps: readonly Node[], place: Place): Promise<boolean> {
  try {
    await runSteps(steps, place)
    return true
  } catch (error) {
    place.build.log.push(`ERROR in ${place.stage}: ${(error as Error).message}\n`)
    return false
  }
}
