import { fail, formatDuration } from '../base/index.ts'
import { predicateTypes } from '../attestation/index.ts'
import type { BreakGlass } from '../attestation/index.ts'
import { resolveImage } from '../assessment/index.ts'
import { formatRepository, shortDigest } from '../oci/index.ts'
import { policyDigest } from '../policy/index.ts'
import { attachOnce } from './attach-statement.ts'
import type { AttachedFact, BreakGlassCommand } from './commands.ts'
import { promotionErrors } from './errors.ts'
import { chooseImage } from './plan-promotion.ts'
import type { Parts, Stop } from './road.ts'
import { nameOf, signerOf } from './signer-of.ts'
import { futureTime } from './time-text.ts'

/**
 * Signs that one digest may be forced into one environment under its present policy, for a short time. Nothing moves:
 * `promote` must be told to use it.
 * @throws BREAK_GLASS_REFUSED when it would not count; SIGNER_UNTRUSTED
 */
export async function signBreakGlass(command: BreakGlassCommand, parts: Parts): Promise<AttachedFact> {
  const { application, environment, image: named, key } = command
  const stop = parts.stop(application, environment)
  const signer = await parts.readKey(key)
  const by = signerOf(signer, parts)
  const predicate = predicateOf(command, stop, nameOf(by), parts)
  checkRights(stop, by.roles, predicate)
  const choice = await chooseImage({ application, to: environment, image: named }, stop, parts)
  const image = await resolveImage(choice.store, choice.name)
  const { store } = image
  const predicateType = predicateTypes['break-glass']
  const told = {
    kind: 'break-glass' as const,
    application,
    environment,
    repository: store.repository ? formatRepository(store.repository) : store.location,
    digest: image.digest,
    predicateType,
    summary: `${shortDigest(image.digest)} may be forced into ${environment} until ${predicate.notAfter}; waybill promote --break-glass does it`,
  }
  if (command.dryRun) return { ...told, outcome: 'planned' }
  const order = { store, image, predicateType, predicate, signer }
  return { ...told, ...(await attachOnce(order, (other) => sameWords(other, predicate), parts)) }
}

function predicateOf(command: BreakGlassCommand, stop: Stop, approver: string, parts: Parts): BreakGlass {
  const now = parts.clock.now()
  const { application, environment, exceptions } = stop
  const { reason, ticket } = command
  const longest = formatDuration(exceptions?.breakGlass?.maxAge ?? 0).replaceAll(' ', '')
  return {
    application,
    environment,
    policy: { digest: policyDigest(stop.gates, parts.trust.digest, exceptions) },
    reason,
    ...(ticket && { ticket }),
    approver,
    createdOn: now.toISOString(),
    notAfter: futureTime(command.validFor ?? longest, now),
  }
}

function checkRights(stop: Stop, roles: readonly string[], { createdOn, notAfter }: BreakGlass): void {
  const options = stop.exceptions?.breakGlass
  if (!options) throw refused(stop, 'has no exceptions.breakGlass: nobody can force a digest in')
  if (!roles.some((role) => options.roles.includes(role)))
    throw refused(
      stop,
      `lets only people of role ${options.roles.join(' or ')} break the glass, and this key has none`,
    )
  if (Date.parse(notAfter) - Date.parse(createdOn) > options.maxAge)
    throw refused(stop, `lets it count for ${formatDuration(options.maxAge)} at most`)
}

function refused(stop: Stop, why: string) {
  return fail(promotionErrors.BREAK_GLASS_REFUSED, `${stop.environment} ${why}.`)
}

function sameWords(other: Readonly<Record<string, unknown>>, mine: BreakGlass): boolean {
  const text = ({
    application,
    environment,
    policy,
    reason,
    ticket,
    notAfter,
  }: Readonly<Record<string, unknown>>) =>
    JSON.stringify([application, environment, policy, reason, ticket, notAfter])
  return text(other) === text({ ...mine })
}
