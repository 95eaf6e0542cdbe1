import type { BuildFacts, Evidence, VerifiedStatement } from '../attestation/index.ts'
import { buildFacts, provenance } from '../attestation/index.ts'
import type { Fact } from './predicates.ts'
import { factsOf } from './predicates.ts'

export interface Builds {
  readonly builds: readonly (Fact<unknown> & { readonly facts: BuildFacts })[]
  /** Signed provenance that names no commit or is malformed. */
  readonly unreadable: readonly Pick<VerifiedStatement, 'payload' | 'signer'>[]
}

// Two gates ask this of the same evidence.
const known = new WeakMap<Evidence, Builds>()

/** The builds that verified provenance tells of; normally exactly one. */
export function buildsOf(evidence: Evidence): Builds {
  const builds = known.get(evidence) ?? readBuilds(evidence)
  known.set(evidence, builds)
  return builds
}

function readBuilds(evidence: Evidence): Builds {
  const { read, unreadable } = factsOf(evidence, 'provenance', provenance)
  const told = read.map((fact) => ({ ...fact, facts: buildFacts(fact.predicate) }))
  return {
    builds: told.flatMap((fact) => (fact.facts ? [{ ...fact, facts: fact.facts }] : [])),
    unreadable: [...unreadable, ...told.filter((fact) => !fact.facts)],
  }
}
