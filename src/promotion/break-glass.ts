import { fail, formatDuration, timestamp } from '../base/index.ts'
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
  const holder = await parts.readKey(key)
  const by = signerOf(holder, parts)
  const options = optionsFor(stop, by.roles)
  const predicate = predicateOf(command, stop, { options, approver: nameOf(by) }, parts)
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
  const signer = await parts.asSigner(holder, 'break-glass')
  const order = { store, image, predicateType, predicate, signer }
  return { ...told, ...(await attachOnce(order, (other) => sameWords(other, predicate), parts)) }
}

function predicateOf(
  command: BreakGlassCommand,
  stop: Stop,
  { options, approver }: { readonly options: Options; readonly approver: string },
  parts: Parts,
): BreakGlass {
  const now = parts.clock.now()
  const { application, environment, exceptions } = stop
  const { reason, ticket, validFor } = command
  const latest = timestamp(new Date(now.getTime() + options.maxAge))
  const notAfter = validFor === undefined ? latest : futureTime(validFor, now)
  if (notAfter > latest) throw refused(stop, `lets it count for ${formatDuration(options.maxAge)} at most`)
  return {
    application,
    environment,
    policy: { digest: policyDigest(stop.gates, parts.trust.digest, exceptions, stop.source) },
    reason,
    ...(ticket && { ticket }),
    approver,
    createdOn: now.toISOString(),
    notAfter,
  }
}

type Options = NonNullable<NonNullable<Stop['exceptions']>['breakGlass']>

/** @throws BREAK_GLASS_REFUSED when nobody may, or not somebody with these roles */
function optionsFor(stop: Stop, roles: readonly string[]): Options {
  const options = stop.exceptions?.breakGlass
  if (!options) throw refused(stop, 'has no exceptions.breakGlass: nobody can force a digest in')
  if (roles.some((role) => options.roles.includes(role))) return options
  const wanted = options.roles.join(' or ')
  throw refused(stop, `lets only people of role ${wanted} break the glass, and this key has none`)
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
