import { vouchedBy } from '../attestation/index.ts'
import type { CiIdentity, Vouched, VouchedFact } from '../attestation/index.ts'
import type { JobIdentity } from '../tools/index.ts'
import type { SourceFacts } from './build-job.ts'

/** What a build's provenance says about who vouches for it (CI_IDENTITY). The token itself goes nowhere. */
export function identityOf({ identity, system }: SourceFacts): CiIdentity {
  if (!identity) return { verified: false, ...(system && { system }) }
  const { issuer, subject, audience, claims } = identity
  return {
    verified: true,
    system: identity.system,
    issuer,
    subject,
    audience,
    facts: factsOf(identity),
    claims: { ...claims },
  }
}

export function vouchedIn({ identity }: SourceFacts): Vouched {
  return vouchedBy(identity?.issuer, identity ? factsOf(identity) : [])
}

function factsOf({ facts }: JobIdentity): VouchedFact[] {
  return NAMES.flatMap(([fact, name]) => (facts[fact] ? [name] : []))
}

const NAMES: readonly (readonly [keyof JobIdentity['facts'], VouchedFact])[] = [
  ['source', 'source'],
  ['commit', 'commit'],
  ['ref', 'ref'],
  ['event', 'event'],
  ['builderId', 'builder'],
  ['invocation', 'run'],
]
