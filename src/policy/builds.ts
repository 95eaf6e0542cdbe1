import type { BuildFacts, Evidence, VerifiedStatement } from '../attestation/index.ts'
import { provenanceTypes, readBuild } from '../attestation/index.ts'

export interface Builds {
  readonly builds: readonly Build[]
  /** Signed provenance that names no commit or is malformed. */
  readonly unreadable: readonly Pick<VerifiedStatement, 'payload' | 'signer'>[]
}

/** One signed account of a build. */
export interface Build extends Pick<VerifiedStatement, 'payload' | 'signer' | 'provenOn'> {
  readonly facts: BuildFacts
}

// Several gates ask this of the same evidence.
const known = new WeakMap<Evidence, Builds>()

/** The builds that verified provenance of any version tells of; normally exactly one. */
export function buildsOf(evidence: Evidence): Builds {
  const builds = known.get(evidence) ?? readBuilds(evidence)
  known.set(evidence, builds)
  return builds
}

function readBuilds(evidence: Evidence): Builds {
  const told = evidence.valid
    .filter(({ predicateType }) => provenanceTypes.includes(predicateType))
    .map(({ statement, payload, signer, provenOn }) => ({
      payload,
      signer,
      provenOn,
      facts: readBuild(statement),
    }))
  return {
    builds: told.flatMap((one) => (one.facts ? [{ ...one, facts: one.facts }] : [])),
    unreadable: told.filter((one) => !one.facts),
  }
}
