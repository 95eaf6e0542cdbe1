import { isDeepStrictEqual } from 'node:util'
import type { BuildFacts } from '../../attestation/index.ts'
import { buildsOf } from '../builds.ts'
import type { Facts } from '../facts.ts'

/**
 * What all signed accounts of the build say together. What two of them say differently is absent, and all of it when one
 * cannot be read. Dirty when any says so.
 */
export function buildValue({ build, evidence }: Facts): Readonly<Record<string, unknown>> {
  const { builds, unreadable } = buildsOf(evidence)
  if (unreadable.length > 0) return {}
  const told = builds.map(({ facts }) => facts)
  const all = told.length > 0 ? told : build ? [build] : []
  const named = NAMES.map(([name, field]) => [name, agreed(all.map((one) => one[field]))] as const)
  const dirty = all.length > 0 ? all.some((one) => one.dirty) : undefined
  return Object.fromEntries([...named, ['dirty', dirty] as const].filter(([, value]) => value !== undefined))
}

const NAMES: readonly (readonly [name: string, field: keyof BuildFacts])[] = [
  ['source', 'source'],
  ['commit', 'commit'],
  ['ref', 'ref'],
  ['branch', 'branch'],
  ['event', 'event'],
  ['builder', 'builderId'],
  ['buildType', 'buildType'],
  ['author', 'author'],
  ['actor', 'actor'],
  ['runner', 'runner'],
  ['workflow', 'workflow'],
  ['issuer', 'issuer'],
  ['isProtected', 'isProtected'],
  ['parameters', 'parameters'],
]

/** Said by one and left open by another is no contradiction. */
function agreed(values: readonly unknown[]): unknown {
  const [first, ...others] = values.filter((value) => value !== undefined)
  return others.every((other) => isDeepStrictEqual(other, first)) ? first : undefined
}
