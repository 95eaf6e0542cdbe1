import { fail, parseDuration, timestamp } from '../base/index.ts'
import { predicateTypes } from '../attestation/index.ts'
import type { Approval } from '../attestation/index.ts'
import { resolveImage } from '../assessment/index.ts'
import { formatRepository, shortDigest } from '../oci/index.ts'
import { policyDigest } from '../policy/index.ts'
import type { KeySigner } from '../signing/index.ts'
import { attachOnce } from './attach-statement.ts'
import type { ApproveCommand, AttachedFact } from './commands.ts'
import { promotionErrors } from './errors.ts'
import { chooseImage } from './plan-promotion.ts'
import type { Parts, Stop } from './road.ts'

/**
 * Signs one person's decision about one digest, for one environment under its present policy. It hangs on the
 * digest where it is now (upstream) and travels with it.
 * @throws UPSTREAM_EMPTY; SIGNER_UNTRUSTED when trust.yaml does not let this key approve
 */
export async function approve(command: ApproveCommand, parts: Parts): Promise<AttachedFact> {
  const stop = parts.stop(command.application, command.environment)
  const given = command.image === undefined ? {} : { image: command.image }
  const choice = await chooseImage(
    { application: command.application, to: command.environment, ...given },
    stop,
    parts,
  )
  const image = await resolveImage(choice.store, choice.name)
  const { repository } = choice.store
  const told = {
    kind: 'approval' as const,
    application: stop.application,
    environment: stop.environment,
    repository: repository ? formatRepository(repository) : choice.store.location,
    digest: image.digest,
    predicateType: predicateTypes.approval,
    summary: `${command.decision} ${stop.application} ${shortDigest(image.digest)} for ${stop.environment}`,
  }
  const signer = await parts.readKey(command.key)
  const predicate = predicateOf(command, stop, signer, parts)
  if (command.dryRun) return { ...told, outcome: 'planned' }
  const order = { store: image.store, image, predicateType: predicateTypes.approval, predicate, signer }
  const attached = await attachOnce(order, (other) => sameDecision(other, predicate), parts)
  return { ...told, ...attached }
}

function predicateOf(command: ApproveCommand, stop: Stop, signer: KeySigner, parts: Parts): Approval {
  const now = parts.clock.now()
  const { reason, ticket } = command
  return {
    decision: command.decision,
    application: stop.application,
    environment: stop.environment,
    policy: { digest: policyDigest(stop.gates, parts.trust.digest) },
    approver: nameOf(signer, parts),
    createdOn: timestamp(now),
    ...(command.validFor !== undefined && {
      notAfter: timestamp(new Date(now.getTime() + validity(command.validFor))),
    }),
    ...(reason && { reason }),
    ...(ticket && { ticket }),
  }
}

function validity(text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined) return milliseconds
  throw fail(promotionErrors.DURATION_INVALID, `Found "${text}" as the time an approval is valid for.`)
}

function nameOf(signer: KeySigner, parts: Parts): string {
  const known = parts.trust.signers.find((entry) => entry.kind === 'key' && entry.hint === signer.hint)
  return known?.identity ?? known?.id ?? signer.hint
}

/** The same word again, from the same signer, with the same end: nothing new to sign. */
function sameDecision(other: Readonly<Record<string, unknown>>, mine: Approval): boolean {
  const said = (given: Readonly<Record<string, unknown>>) =>
    JSON.stringify([
      given.decision,
      given.application,
      given.environment,
      given.policy,
      given.reason,
      given.ticket,
    ])
  return said(other) === said(mine) && (other.notAfter === undefined) === (mine.notAfter === undefined)
}
