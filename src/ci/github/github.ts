import type { CiSettings } from '../../config/index.ts'
import type { CiFile, Flow, Job, Renderer } from '../flow.ts'
import { header } from '../header.ts'
import { handedTo } from '../shell.ts'
import { comment, indented, scalar, titleOf } from '../text.ts'
import { environmentOf } from './environment.ts'
import { identityVariables, needsIdentity, packagesRight } from './logins.ts'
import { setUpText } from './set-up.ts'
import { OWN, stepLines } from './steps.ts'
import { concurrencyLines, triggerLines } from './triggers.ts'

/** GitHub Actions: a workflow for each flow. */
export const github: Renderer = {
  system: 'github',
  files: (flows, settings) => flows.map((flow) => workflow(flow, settings)),
  setUp: setUpText,
}

function workflow(flow: Flow, settings: CiSettings): CiFile {
  const body = [
    ...comment(flow.about),
    `name: ${titleOf(flow.id)}`,
    '',
    ...triggerLines(flow, settings),
    '',
    '# Nothing, unless a job says otherwise.',
    'permissions: {}',
    '',
    ...concurrencyLines(flow),
    '',
    'jobs:',
    ...flow.jobs.flatMap((job, index) => [
      ...(index > 0 ? [''] : []),
      ...indented(jobLines(job, flow, settings)),
    ]),
  ]
  const text = `${body.join('\n')}\n`.replaceAll(/\n{3,}/g, '\n\n')
  return {
    path: `.github/workflows/waybill-${flow.id}.yml`,
    text: header('#', 'github', { flow, settings }, text),
  }
}

function jobLines(job: Job, flow: Flow, settings: CiSettings): readonly string[] {
  const condition = conditionOf(job, flow)
  const variables = identityVariables(job)
  const outputs = outputsOf(job, flow)
  const { waybill } = settings
  return [
    `${job.id}:`,
    ...indented([
      `name: ${scalar(job.title)}`,
      ...(job.after.length > 0 ? [`needs: [${job.after.join(', ')}]`] : []),
      ...(condition ? [`if: ${condition}`] : []),
      `runs-on: ${settings.github.runsOn}`,
      ...(typeof waybill === 'object' && 'image' in waybill && !job.comments
        ? [`container: ${waybill.image}`]
        : []),
      `timeout-minutes: ${job.timeout}`,
      ...environmentLines(job, flow),
      ...exclusiveLines(job),
      ...permissionLines(job),
      ...(outputs.length > 0
        ? ['outputs:', ...outputs.map((name) => `  ${name}: \${{ steps.build.outputs.${name} }}`)]
        : []),
      ...(variables.length > 0
        ? ['env:', ...variables.map(([name, value]) => `  ${name}: ${scalar(value)}`)]
        : []),
      'steps:',
      ...indented(stepLines(job, settings)),
    ]),
  ]
}

function environmentLines(job: Job, flow: Flow): readonly string[] {
  const environment = environmentOf(job, flow)
  if (!environment) return []
  if (environment.deploys) return [`environment: ${environment.name}`]
  return [
    '# Keeps the secrets of this job from other branches; nothing is deployed.',
    'environment:',
    `  name: ${environment.name}`,
    '  deployment: false',
  ]
}

/** Without a queue a third one would take the place of the second, which may be a rollback. */
function exclusiveLines({ exclusive }: Job): readonly string[] {
  if (!exclusive) return []
  const group = exclusive.replace('{application}', '${{ inputs.application }}')
  return ['# One after another, and each gets its turn.', 'concurrency:', `  group: ${group}`, '  queue: max']
}

function permissionLines(job: Job): readonly string[] {
  const packages = packagesRight(job)
  const rights = [
    ...(job.comments ? ['  pull-requests: write'] : ['  contents: read']),
    ...(needsIdentity(job) ? ['  id-token: write # who this job is, for provenance and logins'] : []),
    ...(packages ? [`  packages: ${packages}`] : []),
  ]
  return ['permissions:', ...rights]
}

function conditionOf({ onlyWhen, comments }: Job, { triggers }: Flow): string | undefined {
  if (comments) return OWN
  const afterFlow = triggers.some((one) => one.on === 'flow')
  const asked = onlyWhen && inputCondition(onlyWhen, triggers)
  const ended =
    afterFlow && "(github.event_name != 'workflow_run' || github.event.workflow_run.conclusion == 'success')"
  const all = [asked, ended].filter((one) => typeof one === 'string')
  return all.length === 1 ? all[0]?.replace(/^\((.*)\)$/, '$1') : all.join(' && ') || undefined
}

/** Where something else than a person starts the flow, nobody was asked, and every job runs. */
function inputCondition({ input, is }: NonNullable<Job['onlyWhen']>, triggers: Flow['triggers']): string {
  const chosen = `inputs.${input} == '${is}'`
  return triggers.some(({ on }) => on !== 'person') ? `(inputs.${input} == '' || ${chosen})` : chosen
}

/** What later jobs take from this one. */
function outputsOf({ id }: Job, { jobs }: Flow): readonly string[] {
  const words = jobs.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.do === 'waybill' ? step.words : [])),
  )
  const names = handedTo(words).map(({ name }) => name)
  return names.filter((name) => name.startsWith(`${id}.`)).map((name) => name.slice(id.length + 1))
}
