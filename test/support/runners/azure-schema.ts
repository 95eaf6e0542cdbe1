import { listOf, only, textOf } from './strict.ts'
import type { Fields } from './strict.ts'

/** Keys of a file, of a job, of every step; inputs of each task: what service-schema.json has of what is used here. */
export const FILE = [
  'trigger',
  'pr',
  'schedules',
  'resources',
  'parameters',
  'variables',
  'lockBehavior',
  'pool',
  'jobs',
  'stages',
]
export const STAGE = ['stage', 'displayName', 'dependsOn', 'jobs']
export const JOB = [
  'job',
  'deployment',
  'displayName',
  'dependsOn',
  'condition',
  'environment',
  'container',
  'timeoutInMinutes',
  'variables',
  'strategy',
  'steps',
]
const STEP = ['displayName', 'condition', 'continueOnError', 'name', 'retryCountOnTaskFailure']
const KINDS: Readonly<Record<string, readonly string[]>> = {
  checkout: ['fetchDepth'],
  download: [],
  publish: ['artifact', ...STEP],
  bash: ['env', ...STEP],
  task: ['inputs', 'env', ...STEP],
}
const INPUTS: Readonly<Record<string, readonly string[]>> = {
  'AzureCLI@2': ['azureSubscription', 'scriptType', 'scriptLocation', 'inlineScript'],
  'Cache@2': ['key', 'path'],
  'DownloadPipelineArtifact@2': ['artifactName', 'targetPath'],
  'PublishTestResults@2': [
    'testResultsFormat',
    'searchFolder',
    'testResultsFiles',
    'failTaskOnMissingResultsFile',
  ],
  'PublishCodeCoverageResults@2': ['summaryFileLocation', 'failIfCoverageEmpty'],
}
const KEYWORDS = ['deploy', 'job', 'stage', 'steps', 'pool', 'strategy', 'environment']

export type StepKind = keyof typeof KINDS

/** Which kind of step it is. @throws on a key that this kind does not have, and on inputs that its task does not have */
export function stepKind(step: unknown): { readonly kind: string; readonly fields: Fields } {
  const kind = Object.keys(KINDS).find((name) => Object.hasOwn(step as object, name))
  if (kind === undefined) throw new Error(`no step: ${JSON.stringify(step)}`)
  const fields = only(step, [kind, ...(KINDS[kind] ?? [])], kind)
  if (kind === 'task') {
    const inputs = INPUTS[textOf(fields['task'])]
    if (!inputs) throw new Error(`no task ${textOf(fields['task'])}`)
    only(fields['inputs'], inputs, textOf(fields['task']))
  }
  return { kind, fields }
}

/** Steps of a job or of a deployment that runs once. */
export function stepsOf(job: Fields): readonly unknown[] {
  if (job['steps'] !== undefined) return listOf(job['steps'])
  const { runOnce } = only(job['strategy'], ['runOnce'], 'strategy')
  return listOf(only(only(runOnce, ['deploy'], 'runOnce')['deploy'], ['steps'], 'deploy')['steps'])
}

/** @throws when Azure would not take it for one */
export function jobNameOf(job: Fields): string {
  const name = textOf(job['deployment'] ?? job['job'])
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || KEYWORDS.includes(name))
    throw new Error(`no name of a job: ${name}`)
  if ((job['deployment'] === undefined) !== (job['environment'] === undefined))
    throw new Error(`${name}: environment`)
  return name
}

export interface AzureJobText {
  readonly stage: string
  readonly name: string
  readonly isDeployment: boolean
  /** Jobs that have ended before it, in its stage. */
  readonly after: readonly string[]
  readonly keeps: readonly string[]
  readonly takes: readonly string[]
  /** Jobs whose outputs it reads; `stage` where it names one. */
  readonly asks: readonly { readonly stage: string | undefined; readonly name: string }[]
  readonly steps: readonly AzureStepText[]
}

export interface AzureStepText {
  /** `bash`, `checkout: self`, the name of a task. */
  readonly kind: string
  readonly title: string
  readonly script?: string
  readonly env?: Readonly<Record<string, unknown>>
}

/** All jobs of a file, those of `${{ if }}` as well. @throws on whatever Azure Pipelines does not have */
export function azureJobs(file: unknown): readonly AzureJobText[] {
  const { jobs, stages = [{ stage: '__default', jobs }] } = only(file, FILE, 'file')
  return listOf(stages).flatMap((one) => {
    const stage = only(one, STAGE, 'stage')
    return listOf(stage['jobs'])
      .flatMap((job) => inserted(job))
      .map((job) => jobText(textOf(stage['stage']), only(job, JOB, 'job')))
  })
}

function inserted(job: unknown): readonly unknown[] {
  const found = Object.entries(job as Fields).find(([key]) => /^\$\{\{ if .* \}\}$/.test(key))
  return found ? listOf(found[1]) : [job]
}

function jobText(stage: string, job: Fields): AzureJobText {
  const steps = stepsOf(job).map((step) => stepKind(step))
  const variables = listOf(job['variables']).map((one) => only(one, ['group', 'name', 'value'], 'variable'))
  if (!(Number(job['timeoutInMinutes']) > 0)) throw new Error('no timeout')
  return {
    stage,
    name: jobNameOf(job),
    isDeployment: job['deployment'] !== undefined,
    after: listOf(job['dependsOn']).map(textOf),
    keeps: steps.flatMap(({ kind, fields }) => (kind === 'publish' ? [textOf(fields['artifact'])] : [])),
    takes: steps.flatMap(({ fields }) =>
      fields['task'] === 'DownloadPipelineArtifact@2'
        ? [textOf((fields['inputs'] as Fields)['artifactName'])]
        : [],
    ),
    asks: variables.flatMap(({ value }) => askedIn(textOf(value))),
    steps: steps.map(stepText),
  }
}

function askedIn(value: string): AzureJobText['asks'] {
  const found = /(?:stageDependencies\.(\w+)|dependencies)\.(\w+)\.outputs/.exec(value)
  return found ? [{ stage: found[1], name: found[2] ?? '' }] : []
}

function stepText({ kind, fields }: { readonly kind: string; readonly fields: Fields }): AzureStepText {
  const isPlace = kind === 'checkout' || kind === 'download'
  const script = fields['bash'] ?? (fields['inputs'] as Fields | undefined)?.['inlineScript']
  return {
    kind: isPlace ? `${kind}: ${textOf(fields[kind])}` : kind === 'task' ? textOf(fields['task']) : kind,
    title: textOf(fields['displayName']),
    ...(script !== undefined && { script: textOf(script) }),
    ...(fields['env'] !== undefined && { env: fields['env'] as Fields }),
  }
}
