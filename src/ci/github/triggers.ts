import type { CiSettings } from '../../config/index.ts'
import type { Flow, Input } from '../flow.ts'
import { flowList, indented, scalar, titleOf } from '../text.ts'

/** `on:` of a workflow. */
export function triggerLines(flow: Flow, { branches }: CiSettings): readonly string[] {
  return [
    'on:',
    ...indented([
      ...pushLines(flow),
      ...pullRequestLines(flow),
      ...timeLines(flow, branches),
      ...personLines(flow),
    ]),
  ]
}

function pushLines({ triggers }: Flow): readonly string[] {
  const branches = triggers.flatMap((one) => (one.on === 'push' ? one.branches : []))
  const tags = triggers.flatMap((one) => (one.on === 'tag' ? one.tags : []))
  if (branches.length + tags.length === 0) return []
  return [
    'push:',
    ...(branches.length > 0 ? [`  branches: ${flowList(branches)}`] : []),
    ...(tags.length > 0 ? [`  tags: ${flowList(tags)}`] : []),
  ]
}

function pullRequestLines({ triggers }: Flow): readonly string[] {
  const opened = triggers.find((one) => one.on === 'pull-request')
  if (opened)
    return ['pull_request:', ...(opened.into === 'all' ? [] : [`  branches: ${flowList(opened.into)}`])]
  if (!triggers.some((one) => one.on === 'pull-request-closed')) return []
  return [
    '# The target branch says what may be deleted; nothing of the pull request is run or even checked out.',
    'pull_request_target:',
    '  types: [closed]',
  ]
}

function timeLines({ triggers }: Flow, branches: readonly string[]): readonly string[] {
  const crons = triggers.flatMap((one) => (one.on === 'schedule' ? [one.cron] : []))
  const flows = triggers.flatMap((one) => (one.on === 'flow' ? [titleOf(one.flow)] : []))
  return [
    ...(crons.length > 0 ? ['schedule:', ...crons.map((cron) => `  - cron: '${cron}' # UTC`)] : []),
    ...(flows.length > 0
      ? [
          'workflow_run:',
          `  workflows: ${flowList(flows)}`,
          '  types: [completed]',
          ...(triggers.every((one) => one.on !== 'flow' || one.flow === 'build')
            ? [`  branches: ${flowList(branches)}`]
            : []),
        ]
      : []),
  ]
}

function personLines({ triggers, inputs }: Flow): readonly string[] {
  if (!triggers.some((one) => one.on === 'person')) return []
  return [
    'workflow_dispatch:',
    ...(inputs.length > 0 ? ['  inputs:', ...indented(inputs.flatMap(inputLines), 4)] : []),
  ]
}

function inputLines({ name, about, required, choices }: Input): readonly string[] {
  return [
    `${name}:`,
    `  description: ${scalar(about)}`,
    ...(required ? ['  required: true'] : []),
    ...(choices ? ['  type: choice', `  options: ${flowList(choices)}`] : ['  type: string']),
  ]
}

/** What a newer push makes pointless is stopped. */
export function concurrencyLines({ id, cancelOlder }: Flow): readonly string[] {
  return cancelOlder
    ? ['concurrency:', `  group: ${id}-\${{ github.ref }}`, '  cancel-in-progress: true']
    : []
}
