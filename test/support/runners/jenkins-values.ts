import type { Call, Node } from './groovy.ts'
import { calls, textOf } from './jenkins-model.ts'

/** What started a build, and what Jenkins tells it. */
export interface BuildFacts {
  readonly env: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
  readonly causes: readonly string[]
}

export type Value = string | number | boolean | null | readonly Value[]

/** The value of an expression; a name or property that is not there is an error, but for one of `env`. */
export function valueOf(node: Node, facts: BuildFacts): Value {
  switch (node.kind) {
    case 'text':
    case 'number':
    case 'constant':
      return node.value
    case 'template':
      return node.parts.map((part) => filledIn(valueOf(part, facts))).join('')
    case 'list':
      return node.items.map((item) => valueOf(item, facts))
    case 'name':
      return known(facts.env, node.name)
    case 'property':
      return propertyOf(node, facts)
    case 'not':
      return !valueOf(node.of, facts)
    case 'binary':
      return binary(node, facts)
    case 'call':
      throw new Error(`${node.name} has no value`)
  }
}

function propertyOf({ of, name }: Extract<Node, { kind: 'property' }>, facts: BuildFacts): Value {
  if (of.kind !== 'name') throw new Error(`no property ${name} of that`)
  if (of.name === 'env') return facts.env[name] ?? null
  if (of.name === 'params') return known(facts.params, name)
  throw new Error(`there is no ${of.name}`)
}

function binary({ operator, left, right }: Extract<Node, { kind: 'binary' }>, facts: BuildFacts): Value {
  const a = valueOf(left, facts)
  if (operator === '?:') return a || valueOf(right, facts)
  if (operator === '&&') return Boolean(a) && Boolean(valueOf(right, facts))
  if (operator === '||') return Boolean(a) || Boolean(valueOf(right, facts))
  const b = valueOf(right, facts)
  if (operator === '==') return a === b
  if (operator === '!=') return a !== b
  if (operator === 'in' && Array.isArray(b)) return b.includes(a)
  throw new Error(`operator ${operator}`)
}

function known(values: Readonly<Record<string, string>>, name: string): string {
  const found = Object.hasOwn(values, name) ? values[name] : undefined
  if (found === undefined) throw new Error(`No such property: ${name}`)
  return found
}

function filledIn(value: Value): string {
  if (value === null || value === '') throw new Error('a template is filled in with nothing')
  return String(value)
}

/** All conditions of a `when` hold. `beforeAgent` and the like only say when it is asked. */
export function holds(conditions: readonly Call[], facts: BuildFacts): boolean {
  return conditions.every((condition) => isTrue(condition, facts))
}

function isTrue(call: Call, facts: BuildFacts): boolean {
  const { name, args, named, body = [] } = call
  const { env, causes } = facts
  const inner = () => calls(body).map((one) => isTrue(one, facts))
  switch (name) {
    case 'beforeAgent':
    case 'beforeInput':
      return true
    case 'branch':
      return env.BRANCH_NAME !== undefined && matches(call, env.BRANCH_NAME, 'pattern', 'GLOB')
    case 'tag':
      return env.TAG_NAME !== undefined && matches(call, env.TAG_NAME, 'pattern', 'GLOB')
    case 'changeRequest':
      return (
        env.CHANGE_ID !== undefined &&
        (named.target === undefined || matches(call, env.CHANGE_TARGET ?? '', 'target', 'EQUALS'))
      )
    case 'triggeredBy':
      return causes.includes(textOf(args[0]))
    case 'equals':
      return valueOf(named.expected as Node, facts) === valueOf(named.actual as Node, facts)
    case 'expression':
      return Boolean(body.map((node) => valueOf(node, facts)).at(-1))
    case 'not':
      if (body.length !== 1) throw new Error('not is of one condition')
      return !inner()[0]
    case 'anyOf':
      if (body.length === 0) throw new Error('anyOf of nothing')
      return inner().some(Boolean)
    case 'allOf':
      return inner().every(Boolean)
    default:
      throw new Error(`${name} is no condition`)
  }
}

function matches({ name, args, named }: Call, value: string, key: string, fallback: string): boolean {
  const more = Object.keys(named).filter((one) => one !== key && one !== 'comparator')
  if (more.length > 0) throw new Error(`${name}: ${more.join(', ')}`)
  const pattern = textOf(named[key] ?? args[0])
  const comparator = named.comparator ? textOf(named.comparator) : fallback
  if (comparator === 'EQUALS') return pattern === value
  if (comparator === 'REGEXP') return new RegExp(`^(?:${pattern})$`).test(value)
  if (comparator === 'GLOB') return antPattern(pattern).test(value)
  throw new Error(`comparator ${comparator}`)
}

/** As Ant matches paths: ** is any number of folders where it stands alone, * any part of one name. */
function antPattern(pattern: string): RegExp {
  const parts = pattern.split('/').map((part) => {
    if (part === '**') return '(?:[^/]+(?:/|$))*'
    return part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/\*+/g, '[^/]*')
  })
  return new RegExp(
    `^${parts.join('/').replaceAll('(?:[^/]+(?:/|$))*/', '(?:[^/]+/)*').replace('/(?:[^/]+(?:/|$))*', '(?:/[^/]+)*')}$`,
    'i',
  )
}
