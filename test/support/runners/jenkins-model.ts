import { parseGroovy } from './groovy.ts'
import type { Call, Node } from './groovy.ts'

// Declarative pipelines, as strict as the validator of Jenkins (ModelValidatorImpl of pipeline-model-definition), for
// the sections that Waybill writes: an unknown one is an error.

export interface Pipeline {
  readonly options: readonly Call[]
  readonly triggers: readonly Call[]
  readonly parameters: readonly Parameter[]
  readonly stages: readonly Stage[]
}

export interface Parameter {
  readonly name: string
  readonly value: string
  readonly choices?: readonly string[]
}

export interface Stage {
  readonly name: string
  readonly agent?: Call
  readonly options: readonly Call[]
  readonly input?: readonly Call[]
  readonly when: readonly Call[]
  readonly environment: readonly (readonly [name: string, value: Node])[]
  readonly steps?: readonly Node[]
  readonly stages?: readonly Stage[]
  readonly parallel?: readonly Stage[]
  readonly post: ReadonlyMap<string, readonly Node[]>
}

const PIPELINE_OPTIONS = [
  'timeout',
  'buildDiscarder',
  'disableConcurrentBuilds',
  'timestamps',
  'skipDefaultCheckout',
]
const STAGE_OPTIONS = ['timeout', 'timestamps', 'skipDefaultCheckout', 'lock', 'retry']
const CONDITIONS = ['always', 'success', 'failure', 'cleanup']

/** @throws when Jenkins would not take the file */
export function readPipeline(text: string): Pipeline {
  const [pipeline, ...more] = calls(parseGroovy(text))
  if (pipeline?.name !== 'pipeline' || more.length > 0) throw new Error('a file is one pipeline')
  const sections = sectionsOf(pipeline, ['agent', 'options', 'triggers', 'parameters', 'stages'])
  const agent = need(sections, 'agent')
  if (agent.args[0]?.kind !== 'name' || agent.args[0].name !== 'none')
    throw new Error('stages bring their agents')
  return {
    options: optionsOf(sections, PIPELINE_OPTIONS),
    triggers: filled(sections, 'triggers').map((call) => only(call, ['cron', 'upstream'])),
    parameters: filled(sections, 'parameters').map(parameterOf),
    stages: stagesOf(need(sections, 'stages')),
  }
}

function stagesOf(container: Call, isInParallel = false): readonly Stage[] {
  const found = calls(container.body ?? []).map((call) => stageOf(only(call, ['stage']), isInParallel))
  if (found.length === 0) throw new Error(`${container.name} without a stage`)
  const names = found.map(({ name }) => name)
  if (new Set(names).size < names.length) throw new Error(`two stages of one name: ${names.join(', ')}`)
  return found
}

const KINDS = ['steps', 'stages', 'parallel'] as const

function stageOf(call: Call, isInParallel: boolean): Stage {
  const name = textOf(call.args[0])
  const sections = sectionsOf(call, ['agent', 'options', 'input', 'when', 'environment', 'post', ...KINDS])
  const kinds = KINDS.filter((kind) => sections.has(kind))
  if (kinds.length !== 1) throw new Error(`${name}: has ${kinds.join(' and ') || 'nothing to do'}`)
  const [parallel, stages, steps] = [sections.get('parallel'), sections.get('stages'), sections.get('steps')]
  if (parallel && isInParallel) throw new Error(`${name}: parallel within parallel`)
  if (parallel && sections.has('agent')) throw new Error(`${name}: an agent around parallel`)
  if (steps && !sections.has('agent')) throw new Error(`${name}: steps without an agent`)
  if (steps && (steps.body ?? []).length === 0) throw new Error(`${name}: no steps`)
  return {
    name,
    ...given('agent', sections.get('agent')),
    options: optionsOf(sections, STAGE_OPTIONS),
    ...given('input', sections.has('input') ? filled(sections, 'input') : undefined),
    when: filled(sections, 'when'),
    environment: environmentOf(sections),
    ...given('steps', steps?.body),
    ...given('stages', stages && stagesOf(stages, isInParallel)),
    ...given('parallel', parallel && stagesOf(parallel, true)),
    post: postOf(sections),
  }
}

function environmentOf(sections: ReadonlyMap<string, Call>): Stage['environment'] {
  return (sections.get('environment')?.body ?? []).map((node) => {
    if (node.kind !== 'binary' || node.operator !== '=' || node.left.kind !== 'name')
      throw new Error('environment is a list of NAME = value')
    // "Environment variable values must either be single quoted, double quoted, or function calls."
    if (node.right.kind !== 'text' && node.right.kind !== 'template')
      throw new Error('a variable is a string')
    return [node.left.name, node.right] as const
  })
}

function postOf(sections: ReadonlyMap<string, Call>): Stage['post'] {
  const found = filled(sections, 'post').map((call) => only(call, CONDITIONS))
  if (new Set(found.map(({ name }) => name)).size < found.length) throw new Error('a condition of post twice')
  return new Map(found.map(({ name, body = [] }) => [name, body]))
}

function optionsOf(sections: ReadonlyMap<string, Call>, allowed: readonly string[]): readonly Call[] {
  const found = filled(sections, 'options').map((call) => only(call, allowed))
  if (new Set(found.map(({ name }) => name)).size < found.length) throw new Error('an option twice')
  return found
}

function parameterOf(call: Call): Parameter {
  only(call, ['string', 'choice'])
  const { name, choices, defaultValue, ...more } = call.named
  const known = call.name === 'string' ? ['description', 'trim'] : ['description']
  if (Object.keys(more).some((key) => !known.includes(key)))
    throw new Error(`${call.name}: ${Object.keys(more).join()}`)
  if (call.name === 'string') return { name: textOf(name), value: textOf(defaultValue) }
  const words = choices?.kind === 'list' ? choices.items.map(textOf) : []
  if (words.length === 0) throw new Error('a choice without choices')
  return { name: textOf(name), value: words[0] ?? '', choices: words }
}

function sectionsOf({ name, body = [] }: Call, allowed: readonly string[]): ReadonlyMap<string, Call> {
  const found = new Map<string, Call>()
  for (const section of calls(body)) {
    only(section, allowed)
    if (found.has(section.name)) throw new Error(`${name}: ${section.name} twice`)
    found.set(section.name, section)
  }
  return found
}

/** Calls in a section, which Jenkins wants to have some. */
function filled(sections: ReadonlyMap<string, Call>, name: string): readonly Call[] {
  const section = sections.get(name)
  if (!section) return []
  const found = calls(section.body ?? [])
  if (found.length === 0) throw new Error(`${name} is empty`)
  return found
}

function need(sections: ReadonlyMap<string, Call>, name: string): Call {
  const found = sections.get(name)
  if (!found) throw new Error(`there is no ${name}`)
  return found
}

function only(call: Call, allowed: readonly string[]): Call {
  if (allowed.includes(call.name)) return call
  throw new Error(`${call.name} is none of ${allowed.join(', ')}`)
}

export function calls(nodes: readonly Node[]): readonly Call[] {
  return nodes.map((node) => {
    if (node.kind === 'call') return node
    throw new Error(`expected a call, found ${JSON.stringify(node).slice(0, 80)}`)
  })
}

/** A plain string: nothing is filled in. */
export function textOf(node: Node | undefined): string {
  if (node?.kind === 'text') return node.value
  throw new Error(`expected a plain string, found ${JSON.stringify(node)?.slice(0, 80)}`)
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [name in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [name in K]?: V })
}
