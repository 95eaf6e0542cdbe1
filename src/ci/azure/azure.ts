import type { CiSettings } from '../../config/index.ts'
import type { CiFile, Flow, Job, Renderer } from '../flow.ts'
import { header } from '../header.ts'
import { handedTo } from '../shell.ts'
import { comment, flowList, indented, scalar } from '../text.ts'
import { jobName } from './places.ts'
import { setUpText } from './set-up.ts'
import { isSameStage, stageOf, stagesOf } from './stages.ts'
import type { Stage } from './stages.ts'
import { OWN, stepLines } from './steps.ts'
import { isForced, parameterLines, parameterName, triggerLines } from './triggers.ts'

/** Azure Pipelines: a pipeline for each flow. */
export const azure: Renderer = {
  system: 'azure',
  files: (flows, settings) => flows.map((flow) => pipeline(flow, settings)),
  setUp: setUpText,
}

function pipeline(flow: Flow, settings: CiSettings): CiFile {
  const groups = settings.azure.variableGroups.filter((group) => !group.includes('{environment}'))
  const isExclusive = flow.jobs.some(({ exclusive }) => exclusive)
  const body = [
    ...comment(flow.about),
    ...triggerLines(flow, settings),
    '',
    ...parameterLines(flow),
    '',
    ...(groups.length > 0 ? ['variables:', ...groups.map((group) => `  - group: ${group}`), ''] : []),
    ...(isExclusive
      ? [
          '# With the check "Exclusive lock" of the environment: one after another, and each gets its turn.',
          'lockBehavior: sequential',
          '',
        ]
      : []),
    ...poolLines(settings),
    '',
    ...partLines(flow, settings),
  ]
  const text = `${body.join('\n')}\n`.replaceAll(/\n{3,}/g, '\n\n')
  return { path: `pipelines/waybill-${flow.id}.yml`, text: header('#', 'azure', { flow, settings }, text) }
}

/** Jobs; in stages where some deploy and others do not, because Azure asks for approvals before a stage, not a job. */
function partLines(flow: Flow, settings: CiSettings): readonly string[] {
  const stages = stagesOf(flow)
  if (stages.length === 1) return ['jobs:', ...indented(jobsLines(flow.jobs, flow, settings))]
  return [
    '# Azure asks for the approvals of everything in a stage before its first job starts.',
    'stages:',
    ...between(stages.map((stage) => indented(stageLines(stage, flow, settings)))),
  ]
}

function stageLines({ id, title, after, jobs }: Stage, flow: Flow, settings: CiSettings): readonly string[] {
  return [
    `- stage: ${id}`,
    ...indented([
      `displayName: ${scalar(title)}`,
      `dependsOn: ${flowList(after)}`,
      'jobs:',
      ...indented(jobsLines(jobs, flow, settings)),
    ]),
  ]
}

function jobsLines(jobs: readonly Job[], flow: Flow, settings: CiSettings): readonly string[] {
  return between(
    jobs.map((job) => {
      const chosen = choiceOf(job, flow)
      const lines = jobLines(job, flow, settings)
      return chosen ? [`- \${{ if ${chosen} }}:`, ...indented(lines, 4)] : lines
    }),
  )
}

function between(parts: readonly (readonly string[])[]): readonly string[] {
  return parts.flatMap((lines, index) => (index > 0 ? ['', ...lines] : lines))
}

function poolLines({ azure: { pool } }: CiSettings): readonly string[] {
  return ['pool:', pool.startsWith('pool:') ? `  name: ${pool.slice('pool:'.length)}` : `  vmImage: ${pool}`]
}

function jobLines(job: Job, flow: Flow, settings: CiSettings): readonly string[] {
  const { waybill } = settings
  const after = job.after.filter((id) => isSameStage(id, job, flow))
  return [
    `- ${job.environment ? 'deployment' : 'job'}: ${jobName(job.id)}`,
    ...indented([
      `displayName: ${scalar(job.title)}`,
      ...(after.length > 0 ? [`dependsOn: ${flowList(after.map(jobName))}`] : []),
      ...(job.comments ? [`condition: ${OWN}`] : []),
      ...(job.environment ? [`environment: ${job.environment}`] : []),
      ...(typeof waybill === 'object' && 'image' in waybill && !job.comments
        ? [`container: ${waybill.image}`]
        : []),
      `timeoutInMinutes: ${job.timeout}`,
      ...variableLines(job, flow, settings),
      ...(job.environment
        ? ['strategy:', '  runOnce:', '    deploy:', '      steps:', ...indented(stepLines(job, settings), 8)]
        : ['steps:', ...indented(stepLines(job, settings))]),
    ]),
  ]
}

/** Everything that is no secret: docker's folder, what earlier jobs found, the environment's own group. */
function variableLines(job: Job, flow: Flow, { azure: { variableGroups } }: CiSettings): readonly string[] {
  const groups = job.environment
    ? variableGroups
        .filter((group) => group.includes('{environment}'))
        .map((group) => group.replaceAll('{environment}', job.environment ?? ''))
    : []
  const named = [
    ...(job.registries.length > 0 ? [['DOCKER_CONFIG', '$(Agent.TempDirectory)/docker'] as const] : []),
    ...handedTo(job.steps.flatMap((step) => (step.do === 'waybill' ? step.words : []))).flatMap(
      ({ name, variable }) => {
        const [from = '', output] = name.split('.')
        return output ? [[variable, outputOf(from, output, job, flow)] as const] : []
      },
    ),
  ]
  if (groups.length + named.length === 0) return []
  return [
    'variables:',
    ...groups.map((group) => `  - group: ${group}`),
    ...named.flatMap(([name, value]) => [`  - name: ${name}`, `    value: ${value}`]),
  ]
}

/** Of a step named `build`, in an earlier job or in a job of an earlier stage. */
function outputOf(from: string, output: string, job: Job, flow: Flow): string {
  const source = isSameStage(from, job, flow)
    ? `dependencies.${jobName(from)}`
    : `stageDependencies.${stageOf(from, flow)?.id}.${jobName(from)}`
  return `$[ ${source}.outputs['build.${output}'] ]`
}

/**
 * What decides before the run whether there is a job at all. One that is only skipped would still ask for the approvals
 * of its environment.
 */
function choiceOf({ onlyWhen }: Job, flow: Flow): string | undefined {
  if (!onlyWhen) return undefined
  const asked = `parameters.${parameterName(onlyWhen.input)}`
  return isForced(flow) ? `eq(${asked}, '${onlyWhen.is}')` : `in(${asked}, 'all', '${onlyWhen.is}')`
}
