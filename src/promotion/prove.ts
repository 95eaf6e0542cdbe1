import { run } from '../base/command.ts'
import { baseErrors, isFailure, printableLine } from '../base/index.ts'
import { makePassMark, passMark, predicateTypes, statementsOf } from '../attestation/index.ts'
import type { Statement, VerifiedStatement } from '../attestation/index.ts'
import { evidenceOn, kept, passedMark } from '../assessment/index.ts'
import type { ChainRecord, ResolvedImage } from '../assessment/index.ts'
import { atDigest, formatReference, formatRepository, hexOf } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { attachStatement } from './attach-statement.ts'
import type { Parts, Stop } from './road.ts'
import type { Delivered, Proven } from './steps.ts'
import type { ProveCommand } from './schema.ts'

/** prove: run what shows that the environment works with this digest, and sign the answer as a pass mark. */
export async function prove(delivered: Delivered, parts: Parts): Promise<Proven> {
  const { stop, record, image } = delivered
  if (stop.prove.length === 0) return { ...delivered, proof: undefined, provenBefore: false }
  const before = await markOf(stop, record, image.digest, parts)
  if (before)
    return {
      ...delivered,
      proof: { result: 'pass', reason: 'Passed before.', mark: before.payload },
      provenBefore: true,
    }
  const proof = await runAll(stop, image.digest, parts)
  // A mark opens the next environment. What was forced in here passed no gates, so a person has to say that it passed.
  if (proof.result === 'pass' && record.predicate.kind === 'break-glass')
    return { ...delivered, proof: undefined, provenBefore: false }
  const mark = await writeMark({ stop, record, image, passed: proof.result === 'pass' }, parts)
  return { ...delivered, proof: { ...proof, mark: mark.payload }, provenBefore: false }
}

/** The mark by which the environment passed this very promotion, if that is its last word. */
export async function markOf(
  stop: Stop,
  record: ChainRecord,
  digest: Digest,
  parts: Parts,
): Promise<VerifiedStatement | undefined> {
  const store = parts.store(stop.repository)
  // The list of referrers is always asked for; what they say is known by their digests.
  const evidence = await evidenceOn(store, digest, parts.trust, parts.clock.now(), kept)
  const mark = passedMark(evidence, stop.environment, formatRepository(stop.repository))
  return mark && isAboutRecord(mark.statement, record) ? mark : undefined
}

/** True when the environment's verification of this very promotion has ended, however it did. */
export async function wasProven(stop: Stop, record: ChainRecord, parts: Parts): Promise<boolean> {
  const store = parts.store(stop.repository)
  const evidence = await evidenceOn(store, record.digest, parts.trust, parts.clock.now())
  return statementsOf(evidence, predicateTypes.pass).some(({ statement }) => isAboutRecord(statement, record))
}

function isAboutRecord(statement: Statement, record: ChainRecord): boolean {
  const inputs = passMark.safeParse(statement.predicate).data?.inputAttestations ?? []
  return inputs.some((input) => input.digest.sha256 === hexOf(record.payload))
}

export interface MarkOrder {
  readonly stop: Stop
  readonly record: ChainRecord
  readonly image: ResolvedImage
  readonly passed: boolean
}

/** Signs and attaches a pass mark (VSA) that names the promotion record it is about. */
export async function writeMark({ stop, record, image, passed }: MarkOrder, parts: Parts) {
  const predicate = makePassMark({
    environment: stop.environment,
    repository: formatRepository(stop.repository),
    policyDigest: record.predicate.policy.digest,
    passed,
    inputs: [record.payload],
    verifierVersion: parts.promoter.version,
    // To the millisecond: of two marks of one environment the later counts.
    at: parts.clock.now().toISOString(),
  })
  const signer = await parts.signer('pass')
  return attachStatement(
    { store: parts.store(stop.repository), image, predicateType: predicateTypes.pass, predicate, signer },
    parts,
  )
}

/** Runs the prove commands in order and stops at the first that says no. */
export async function runAll(
  stop: Stop,
  digest: Digest,
  parts: Parts,
): Promise<{ result: 'pass' | 'fail'; reason: string }> {
  for (const command of stop.prove) {
    const reason = await refusalOf(command, stop, digest, parts)
    if (reason) return { result: 'fail', reason }
  }
  return {
    result: 'pass',
    reason: `${stop.prove.map((p) => printableLine(p.command, 60)).join(', ')}: passed.`,
  }
}

async function refusalOf(
  command: ProveCommand,
  stop: Stop,
  digest: Digest,
  parts: Parts,
): Promise<string | undefined> {
  try {
    await run('/bin/sh', ['-c', command.command], {
      cwd: parts.directory,
      env: { ...parts.env, ...factsFor(stop, digest) },
      timeout: command.timeout,
      signal: parts.signal,
    })
    return undefined
  } catch (error) {
    if (!isFailure(error, baseErrors.COMMAND_FAILED) || parts.signal.aborted) throw error
    return `"${printableLine(command.command, 60)}" failed: ${printableLine(error.message.replace(/^\/bin\/sh -c /, ''))}`
  }
}

function factsFor(stop: Stop, digest: Digest): NodeJS.ProcessEnv {
  return {
    WAYBILL_APPLICATION: stop.application,
    WAYBILL_ENVIRONMENT: stop.environment,
    WAYBILL_REPOSITORY: formatRepository(stop.repository),
    WAYBILL_DIGEST: digest,
    WAYBILL_IMAGE: formatReference(atDigest(stop.repository, digest)),
  }
}
