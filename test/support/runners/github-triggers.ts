import { listOf, matches, only, textOf } from './strict.ts'
import type { Fields } from './strict.ts'

/** Something that happened at GitHub. */
export interface GitHubEvent {
  readonly name:
    | 'push'
    | 'pull_request'
    | 'pull_request_target'
    | 'workflow_dispatch'
    | 'schedule'
    | 'workflow_run'
  /** Of the run: `refs/heads/main`, `refs/pull/101/merge`. */
  readonly ref: string
  readonly sha: string
  readonly actor?: string
  /** github.event. */
  readonly payload?: Fields
  /** Of a person, for the workflow with this name. */
  readonly workflow?: string
  readonly inputs?: Readonly<Record<string, string>>
}

const EVENTS = [
  'push',
  'pull_request',
  'pull_request_target',
  'workflow_dispatch',
  'schedule',
  'workflow_run',
]

/** Does it start this workflow? @throws on a key that the event does not have, and on inputs that GitHub would refuse */
export function starts(workflow: Fields, event: GitHubEvent): boolean {
  const on = only(workflow['on'], EVENTS, 'on')
  if (!Object.hasOwn(on, event.name)) return false
  const filter = on[event.name] ?? {}
  switch (event.name) {
    case 'push':
      return isPushed(only(filter, ['branches', 'tags'], 'push'), event.ref)
    case 'pull_request':
    case 'pull_request_target':
      return isAbout(only(filter, ['branches', 'types'], event.name), event.payload ?? {})
    case 'workflow_run':
      return isEndOf(only(filter, ['workflows', 'types', 'branches'], 'workflow_run'), event.payload ?? {})
    case 'schedule':
      return true
    case 'workflow_dispatch':
      return workflow['name'] === event.workflow && isAsked(only(filter, ['inputs'], 'dispatch'), event)
  }
}

function isPushed({ branches, tags }: Fields, ref: string): boolean {
  if (ref.startsWith('refs/tags/')) return matches(ref.slice('refs/tags/'.length), listOf(tags))
  return matches(ref.slice('refs/heads/'.length), listOf(branches))
}

function isAbout(
  { branches, types = ['opened', 'synchronize', 'reopened'] }: Fields,
  payload: Fields,
): boolean {
  const { base } = payload['pull_request'] as { readonly base: { readonly ref: string } }
  const isInto = branches === undefined || matches(base.ref, listOf(branches))
  return isInto && listOf(types).includes(payload['action'])
}

function isEndOf({ workflows, types, branches }: Fields, payload: Fields): boolean {
  const { name, head_branch: branch } = payload['workflow_run'] as Fields
  const isFrom = branches === undefined || matches(textOf(branch), listOf(branches))
  return isFrom && listOf(workflows).includes(name) && listOf(types).includes(payload['action'])
}

function isAsked({ inputs = {} }: Fields, event: GitHubEvent): boolean {
  const given = event.inputs ?? {}
  const asked = only(inputs, Object.keys(inputs as object), 'inputs')
  only(given, Object.keys(asked), 'what was typed')
  for (const [name, input] of Object.entries(asked)) {
    const { required, type, options } = only(input, ['description', 'required', 'type', 'options'], name)
    if (required === true && !given[name]) throw new Error(`${name} is required`)
    if (type === 'choice' && given[name] && !listOf(options).includes(given[name]))
      throw new Error(`${name}: no such choice`)
  }
  return true
}
