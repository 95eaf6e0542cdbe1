import { passVerifierId, predicateTypes } from '../attestation/index.ts'
import type { Statement } from '../attestation/index.ts'

// These predicates carry the name of the environment they speak about in `environment`.
const NAMED: readonly string[] = [
  predicateTypes.promotion,
  predicateTypes.approval,
  predicateTypes.waiver,
  predicateTypes.hold,
  predicateTypes['break-glass'],
]

/** True for predicate types that speak about one environment. */
export function namesEnvironment(predicateType: string): boolean {
  return predicateType === predicateTypes.pass || NAMED.includes(predicateType)
}

/** Does the statement speak about one of these environments? A pass mark says so by its verifier id. */
export function isAboutEnvironment(statement: Statement, environments: readonly string[]): boolean {
  const { verifier, environment } = statement.predicate
  if (statement.predicateType !== predicateTypes.pass)
    return typeof environment === 'string' && environments.includes(environment)
  const id = typeof verifier === 'object' && verifier !== null && 'id' in verifier ? verifier.id : undefined
  return environments.some((name) => passVerifierId(name) === id)
}
