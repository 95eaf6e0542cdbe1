import type { CiSettings } from '../../config/index.ts'
import type { CiFile, Flow, Job, Renderer } from '../flow.ts'
import { header } from '../header.ts'
import { handedTo } from '../shell.ts'
import { comment, flowList, indented, scalar } from '../text.ts'
import { jobName } from './places.ts'
import { setUpText } from './set-up.ts'
import { stepLines } from './steps.ts'
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
          '# With the check "Exclusive lock" of the environment: one after another.',
          'lockBehavior: sequential',
          '',
        ]
      : []),
    ...poolLines(settings),
    '',
    'jobs:',
    ...flow.jobs.flatMap((job, index) => [
      ...(index > 0 ? [''] : []),
      ...indented(jobLines(job, flow, settings)),
    ]),
  ]
  const text = `${body.join('\n')}\n`.replaceAll(/\n{3,}/g, '\n\n')
  return { path: `pipelines/waybill-${flow.id}.yml`, text: header('#', 'azure', { flow, settings }, text) }
}

function poolLines({ azure: { pool } }: CiSettings): readonly string[] {
  return ['pool:', pool.startsWith('pool:') ? `  name: ${pool.slice('pool:'.length)}` : `  vmImage: ${pool}`]
}

function jobLines(job: Job, flow: Flow, settings: CiSettings): readonly string[] {
  const condition = conditionOf(job, flow)
  const { waybill } = settings
  return [
    `- ${job.environment ? 'deployment' : 'job'}: ${jobName(job.id)}`,
    ...indented([
      `displayName: ${scalar(job.title)}`,
      ...(job.after.length > 0 ? [`dependsOn: ${flowList(job.after.map(jobName))}`] : []),
      ...(condition ? [`condition: ${condition}`] : []),
      ...(job.environment ? [`environment: ${job.environment}`] : []),
      ...(typeof waybill === 'object' && 'image' in waybill && !job.comments
        ? [`container: ${waybill.image}`]
        : []),
      `timeoutInMinutes: ${job.timeout}`,
      ...variableLines(job, settings),
      ...(job.environment
        ? ['strategy:', '  runOnce:', '    deploy:', '      steps:', ...indented(stepLines(job, settings), 8)]
        : ['steps:', ...indented(stepLines(job, settings))]),
    ]),
  ]
}

/** Everything that is no secret: docker's folder, what earlier jobs found, the environment's own group. */
function variableLines(job: Job, { azure: { variableGroups } }: CiSettings): readonly string[] {
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
        return output
          ? [[variable, `$[ dependencies.${jobName(from)}.outputs['build.${output}'] ]`] as const]
          : []
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

function conditionOf({ onlyWhen, comments }: Job, flow: Flow): string | undefined {
  if (comments) return "and(succeeded(), ne(variables['System.PullRequest.IsFork'], 'True'))"
  if (!onlyWhen) return undefined
  const asked = `'\${{ parameters.${parameterName(onlyWhen.input)} }}'`
  return isForced(flow)
    ? `and(succeeded(), eq(${asked}, '${onlyWhen.is}'))`
    : `and(succeeded(), in(${asked}, 'all', '${onlyWhen.is}'))`
}
