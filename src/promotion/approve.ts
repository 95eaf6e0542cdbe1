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
import { nameOf, signerOf } from './signer-of.ts'

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
  const key = await parts.readKey(command.key)
  const predicate = predicateOf(command, stop, key, parts)
  if (command.dryRun) return { ...told, outcome: 'planned' }
  const signer = await parts.asSigner(key, 'approval')
  const order = { store: image.store, image, predicateType: predicateTypes.approval, predicate, signer }
  const limit = maxAgeOf(stop)
  const stillCounts = (other: Said, all: readonly Said[]) =>
    sameDecision(other, predicate) && isLastWord(other, all) && isFresh(other, predicate, limit)
  const attached = await attachOnce(order, stillCounts, parts)
  return { ...told, ...attached }
}

function predicateOf(command: ApproveCommand, stop: Stop, signer: KeySigner, parts: Parts): Approval {
  const now = parts.clock.now()
  const { reason, ticket } = command
  return {
    decision: command.decision,
    application: stop.application,
    environment: stop.environment,
    policy: { digest: policyDigest(stop.gates, parts.trust.digest, stop.exceptions, stop.source) },
    approver: nameOf(signerOf(signer, parts)),
    // To the millisecond: a person's later word counts.
    createdOn: now.toISOString(),
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

type Said = Readonly<Record<string, unknown>>

/** The same word again, with the same end. */
function sameDecision(other: Said, mine: Approval): boolean {
  const text = ({ decision, application, environment, policy, reason, ticket, notAfter }: Said) =>
    JSON.stringify([decision, application, environment, policy, reason, ticket, notAfter])
  return text(other) === text({ ...mine })
}

/** The latest of a person's decisions is the one that counts, so only that one makes another needless. */
function isLastWord(other: Said, all: readonly Said[]): boolean {
  const here = all.filter(
    (one) => one.application === other.application && one.environment === other.environment,
  )
  return here.every(
    (one) => one.decision === other.decision || String(one.createdOn) < String(other.createdOn),
  )
}

/** Gates may let an approval count for some time only. */
function isFresh(other: Said, mine: Approval, limit: number): boolean {
  return Date.parse(mine.createdOn) - Date.parse(String(other.createdOn)) < limit
}

function maxAgeOf(stop: Stop): number {
  const ages = stop.gates.flatMap((gate) => (gate.kind === 'approval' ? (gate.maxAge ?? []) : []))
  return Math.min(...ages)
}
