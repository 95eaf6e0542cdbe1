import { fail } from '../base/index.ts'
import { predicateTypes } from '../attestation/index.ts'
import { readHead, resolveImage } from '../assessment/index.ts'
import type { ChainRecord, ResolvedImage } from '../assessment/index.ts'
import { formatRepository, isDigest, shortDigest } from '../oci/index.ts'
import { resolve } from '../registry/index.ts'
import type { AttachedFact, PassCommand } from './commands.ts'
import { promotionErrors } from './errors.ts'
import { markOf, runAll, writeMark } from './prove.ts'
import { chainPlace } from './road.ts'
import type { Parts, Stop } from './road.ts'

/**
 * Signs that an environment's verification of its present digest passed (or failed): runs the prove commands
 * when there are any, then writes the pass mark. The same promotion is marked once.
 * @throws NOTHING_PROMOTED, NOT_IN_ENVIRONMENT
 */
export async function pass(command: PassCommand, parts: Parts): Promise<AttachedFact> {
  const stop = parts.stop(command.application, command.environment)
  const record = await presentRecord(command, stop, parts)
  const told = describe(stop, record)
  const before = command.failed ? undefined : await markOf(stop, record, record.digest, parts)
  if (before) {
    const { payload, signer, origin } = before
    return {
      ...told,
      outcome: 'already',
      payload,
      signer: signer.id,
      manifest: origin.manifest,
      summary: `${told.what} passed before.`,
    }
  }
  if (command.dryRun) return { ...told, outcome: 'planned', summary: `Would verify and mark ${told.what}.` }
  const image = await resolveImage(parts.store(stop.repository), record.digest)
  return mark({ stop, record, image, told }, command.failed ?? false, parts)
}

async function mark(order: MarkSubject, failed: boolean, parts: Parts): Promise<AttachedFact> {
  const { stop, record, image, told } = order
  const proof = failed
    ? { result: 'fail' as const, reason: 'Marked as failed by hand.' }
    : await runAll(stop, record.digest, parts)
  const passed = proof.result === 'pass'
  const attached = await writeMark({ stop, record, image, passed }, parts)
  return {
    ...told,
    outcome: passed || failed ? 'attached' : 'failed',
    payload: attached.payload,
    manifest: attached.origin.manifest,
    signer: attached.signer.id,
    summary: `${told.what}: ${passed ? 'PASSED' : 'FAILED'}. ${stop.prove.length > 0 || failed ? proof.reason : 'No prove commands are configured; marked by hand.'}`,
  }
}

interface MarkSubject {
  readonly stop: Stop
  readonly record: ChainRecord
  readonly image: ResolvedImage
  readonly told: ReturnType<typeof describe>
}

async function presentRecord(command: PassCommand, stop: Stop, parts: Parts): Promise<ChainRecord> {
  const head = await readHead(chainPlace(stop, parts))
  if (!head)
    throw fail(promotionErrors.NOTHING_PROMOTED, {
      message: `Nothing of ${stop.application} is in ${stop.environment}.`,
    })
  if (command.image === undefined) return head
  const { store, name } = await parts.openImage(command.image, stop.repository)
  const asked = isDigest(name) ? name : (await resolve(store, name)).descriptor.digest
  if (asked === head.digest) return head
  throw fail(promotionErrors.NOT_IN_ENVIRONMENT, {
    message: `${stop.environment} holds ${shortDigest(head.digest)}, not ${shortDigest(asked)}.`,
    where: formatRepository(stop.repository),
  })
}

function describe(stop: Stop, record: ChainRecord) {
  return {
    kind: 'pass' as const,
    application: stop.application,
    environment: stop.environment,
    repository: formatRepository(stop.repository),
    digest: record.digest,
    predicateType: predicateTypes.pass,
    what: `${stop.application} ${shortDigest(record.digest)} in ${stop.environment}`,
  }
}
