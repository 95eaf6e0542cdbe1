import type { BuildFacts, VouchedFact } from '../attestation/index.ts'
import { speaksFor } from '../attestation/index.ts'
import { listed, quote } from './judgement.ts'

/** What is asked of the identity behind a build. */
export interface IdentityRule {
  readonly identity?: 'verified' | { readonly issuers: readonly string[] } | undefined
  /** Asked for: then it may not be a claim either. */
  readonly event?: readonly string[] | undefined
}

const ALWAYS: readonly VouchedFact[] = ['source', 'commit', 'ref']

/**
 * Why nobody vouches for a build as the rule wants; undefined when somebody does, or when it wants nothing. One account
 * is enough: the others were found to say the same.
 */
export function identityFlaw(
  builds: readonly [BuildFacts, ...BuildFacts[]],
  rule: IdentityRule,
): string | undefined {
  if (rule.identity === undefined) return undefined
  const flaws = builds.map((build) => flawOf(build, rule))
  if (flaws.includes(undefined)) return undefined
  // Of several accounts the one that comes nearest tells most.
  return flaws[builds.findIndex(({ issuer }) => issuer !== undefined)] ?? flaws[0]
}

function flawOf(
  { issuer, vouched, source }: BuildFacts,
  { identity, event }: IdentityRule,
): string | undefined {
  if (issuer === undefined)
    return 'Where it was built from is only claimed: no token of the CI system vouches for it.'
  if (typeof identity === 'object' && !identity.issuers.includes(issuer))
    return `The token that vouches for it is of ${quote(issuer)}, required: ${listed(identity.issuers)}.`
  if (typeof identity !== 'object' && !speaksFor(issuer, source))
    return `The token that vouches for it is of ${quote(issuer)}, which is not known to speak for ${quote(source)}; name it in \`identity: { issuers: […] }\` if it does.`
  const missing = [...ALWAYS, ...(event ? (['event'] as const) : [])].filter(
    (fact) => !vouched.includes(fact),
  )
  return missing.length === 0
    ? undefined
    : `The token of ${quote(issuer)} does not vouch for ${listed(missing)}.`
}
