import { fail } from '../base/index.ts'
import { walkChain } from '../assessment/index.ts'
import type { ChainRecord } from '../assessment/index.ts'
import type { ReleaseCommand } from './commands.ts'
import { promotionErrors } from './errors.ts'
import type { Outcome } from './outcome.ts'
import { promote } from './promote.ts'
import { chainPlace } from './road.ts'
import type { Parts } from './road.ts'
import { isReleaseTag } from './tags.ts'

/** Promotes the newest release candidate of a version, by its digest, to where releases go. No rebuild. */
export async function release(command: ReleaseCommand, parts: Parts): Promise<Outcome> {
  const to = command.to ?? releaseEnvironment(command.application, parts)
  const { environment, record } = await findCandidate(command, to, parts)
  const { application, version, commit, reason, requestedBy, ticket, dryRun } = command
  const rest = { commit, reason, requestedBy, ticket, dryRun }
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  return promote(
    { application, to, from: environment, image: record.digest, version, ...given },
    parts,
    'release',
  )
}

function releaseEnvironment(application: string, parts: Parts): string {
  const found = parts.environments().filter((name) => parts.stop(application, name).tags.some(isReleaseTag))
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const names = found.length > 0 ? found.join(', ') : 'none'
  throw fail(promotionErrors.RELEASE_TARGET_UNCLEAR, {
    message: `Environments with a release tag: ${names}.`,
  })
}

async function findCandidate(
  command: ReleaseCommand,
  to: string,
  parts: Parts,
): Promise<{ environment: string; record: ChainRecord }> {
  const stop = parts.stop(command.application, to)
  for (const environment of stop.upstream) {
    const place = chainPlace(parts.stop(command.application, environment), parts)
    for await (const record of walkChain(place)) {
      if (record.predicate.version === command.version) return { environment, record }
    }
  }
  throw fail(promotionErrors.RELEASE_CANDIDATE_MISSING, {
    message: `No promotion of ${command.application} into ${stop.upstream.join(' or ') || 'an upstream environment'} carries version ${command.version}.`,
  })
}
