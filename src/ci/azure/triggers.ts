import type { CiSettings } from '../../config/index.ts'
import type { Flow, Input } from '../flow.ts'
import { handedTo } from '../shell.ts'
import { flowList, scalar, titleOf } from '../text.ts'

/** What starts a pipeline. Pull requests of Azure Repos come by a branch policy; `pr` is for GitHub and Bitbucket. */
export function triggerLines(flow: Flow, { branches }: CiSettings): readonly string[] {
  return [
    ...pushLines(flow),
    ...pullRequestLines(flow),
    ...scheduleLines(flow, branches),
    ...upstreamLines(flow, branches),
  ]
}

function pushLines({ triggers }: Flow): readonly string[] {
  const branches = triggers.flatMap((one) => (one.on === 'push' ? one.branches : []))
  const tags = triggers.flatMap((one) => (one.on === 'tag' ? one.tags : []))
  if (branches.length + tags.length === 0) return ['trigger: none']
  return [
    'trigger:',
    ...(branches.length > 0 ? ['  branches:', `    include: ${flowList(branches)}`] : []),
    ...(tags.length > 0 ? ['  tags:', `    include: ${flowList(tags)}`] : []),
  ]
}

function pullRequestLines({ triggers, cancelOlder }: Flow): readonly string[] {
  const opened = triggers.find((one) => one.on === 'pull-request')
  if (!opened) return ['pr: none']
  return [
    'pr:',
    ...(cancelOlder ? ['  autoCancel: true'] : []),
    '  branches:',
    `    include: ${flowList(opened.into === 'all' ? ['*'] : opened.into)}`,
  ]
}

/** `always`: a source that did not change is no reason to look away. */
function scheduleLines({ triggers, about }: Flow, branches: readonly string[]): readonly string[] {
  const crons = triggers.flatMap((one) => (one.on === 'schedule' ? [one.cron] : []))
  if (crons.length === 0) return []
  const [branch = 'main'] = branches
  return [
    'schedules:',
    ...crons.flatMap((cron) => [
      `  - cron: '${cron}' # UTC`,
      `    displayName: ${scalar(about.split(/[.:;]/, 1)[0] ?? '')}`,
      '    branches:',
      `      include: ${flowList([branch])}`,
      '    always: true # also when the source did not change',
    ]),
  ]
}

function upstreamLines({ triggers }: Flow, branches: readonly string[]): readonly string[] {
  const flows = triggers.flatMap((one) => (one.on === 'flow' ? [one.flow] : []))
  if (flows.length === 0) return []
  return [
    'resources:',
    '  pipelines:',
    ...flows.flatMap((flow) => [
      `    - pipeline: ${flow.replaceAll('-', '_')}`,
      `      source: ${scalar(titleOf(flow))} # the name of that pipeline`,
      ...(flow === 'build'
        ? ['      trigger:', '        branches:', `          include: ${flowList(branches)}`]
        : ['      trigger: true']),
    ]),
  ]
}

/** Everything that a script may be handed by a person. Choices are held to by Azure. */
export function parameterLines(flow: Flow): readonly string[] {
  const isAsked = flow.triggers.some(({ on }) => on === 'person')
  const inputs = [...(isAsked ? flow.inputs : []), ...unasked(flow)]
  if (inputs.length === 0) return []
  return ['parameters:', ...inputs.flatMap((input) => parameter(input, isForced(flow)))]
}

/** What another CI system would know by itself: here a person may say it. */
function unasked({ jobs, inputs }: Flow): readonly Input[] {
  const words = jobs.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.do === 'waybill' ? step.words : [])),
  )
  const names = handedTo(words).map(({ name }) => name)
  return [...new Set(names)]
    .filter((name) => !name.includes('.') && !inputs.some((input) => input.name === name))
    .map((name) => ({
      name,
      about: `Number of the ${name.replaceAll('-', ' ')}; empty: by age`,
      required: false,
    }))
}

/** Only a person starts it, and has to choose. */
export function isForced({ triggers }: Flow): boolean {
  return triggers.every(({ on }) => on === 'person')
}

function parameter({ name, about, required, choices }: Input, forced: boolean): readonly string[] {
  const values = choices && (forced ? choices : ['all', ...choices])
  const fallback = values ? (forced ? [] : ['    default: all']) : required ? [] : ["    default: ''"]
  return [
    `  - name: ${parameterName(name)}`,
    `    displayName: ${scalar(about)}`,
    '    type: string',
    ...(values ? [`    values: ${flowList(values)}`] : []),
    ...fallback,
  ]
}

export function parameterName(input: string): string {
  return input.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
