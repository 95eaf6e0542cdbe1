import { buildDetailsIn, predicateTypes, readBuild } from '../attestation/index.ts'

type Predicate = Readonly<Record<string, unknown>>

/**
 * Do two provenance predicates tell of the same build? Runs differ in their times, numbers and machines, and in who
 * started them; what was built from what, and who vouches for it, does not.
 */
export function sameBuild(one: Predicate, other: Predicate): boolean {
  const gist = gistOf(one)
  return gist !== undefined && gist === gistOf(other)
}

function gistOf(predicate: Predicate): string | undefined {
  const facts = readBuild({ predicateType: predicateTypes.provenance, predicate })
  if (!facts) return undefined
  const { source, commit, ref, event, dirty, author, buildType, workflow, vouched, issuer } = facts
  const { waybill: _version, ...details } = buildDetailsOf(predicate)
  const { resolvedDependencies } = predicate['buildDefinition'] as Predicate
  const own = Object.keys(details).length > 0 ? details : facts.parameters
  return JSON.stringify([
    [source, commit, ref, event, dirty, author, buildType, workflow, vouched, issuer],
    own,
    resolvedDependencies,
  ])
}

function buildDetailsOf(predicate: Predicate): Readonly<Record<string, unknown>> {
  const details = buildDetailsIn(predicate)
  return details === undefined || details === 'unreadable' ? {} : details
}
