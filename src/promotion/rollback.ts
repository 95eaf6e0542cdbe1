import { fail, timestamp } from '../base/index.ts'
import type { BarredDigest } from '../attestation/index.ts'
import {
  barredByRecords,
  evidenceOn,
  passedMark,
  readHead,
  readStanding,
  resolveImage,
  walkChain,
} from '../assessment/index.ts'
import type { ChainRecord } from '../assessment/index.ts'
import { formatRepository, isDigest, shortDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { barredNow, combine, policyDigest } from '../policy/index.ts'
import type { Barred } from '../policy/index.ts'
import { missingContent, resolve } from '../registry/index.ts'
import type { RollbackCommand } from './commands.ts'
import { promotionErrors } from './errors.ts'
import type { Outcome } from './outcome.ts'
import { isDelivered } from './deliver-image.ts'
import { arrived, rollbackTags } from './plan-promotion.ts'
import { carryOut, foresee } from './promote.ts'
import { wasProven } from './prove.ts'
import { chainPlace } from './road.ts'
import type { Parts, Stop } from './road.ts'
import type { Candidate } from './steps.ts'
import { planTags } from './tags.ts'

/** A rollback is a forward promotion to an earlier digest of the same environment (DESIGN §1). */
export async function rollback(asked: RollbackCommand, parts: Parts): Promise<Outcome> {
  const command = await withDigest(asked, parts)
  const candidate = (await unfinished(command, parts)) ?? (await planRollback(command, parts))
  return command.dryRun ? foresee(candidate, parts) : carryOut(candidate, parts)
}

/** A tag in `to` becomes the digest it names now. @throws MANIFEST_MISSING, REFERENCE_INVALID */
async function withDigest(command: RollbackCommand, parts: Parts): Promise<RollbackCommand> {
  if (command.to === undefined || isDigest(command.to)) return command
  const { repository } = parts.stop(command.application, command.environment)
  const { store, name } = await parts.openImage(command.to, repository)
  const to = isDigest(name) ? name : (await resolve(store, name)).descriptor.digest
  return { ...command, to }
}

/**
 * A rollback whose record stands but whose delivery or proof was interrupted is finished, not followed by another one
 * further back. Naming the digest that is there already is the same.
 */
async function unfinished(command: RollbackCommand, parts: Parts): Promise<Candidate | undefined> {
  const stop = parts.stop(command.application, command.environment)
  const head = await readHead(chainPlace(stop, parts))
  if (!head) return undefined
  const interrupted = head.predicate.kind === 'rollback' && !(await isComplete(stop, head, parts))
  if (command.to !== head.digest && (command.to !== undefined || !interrupted)) return undefined
  const from = { environment: stop.environment, repository: formatRepository(stop.repository) }
  const { reason, requestedBy } = command
  const started = { startedOn: timestamp(parts.clock.now()), requestsBefore: parts.requests() }
  return arrived(
    { action: 'rollback', stop, from, head, version: undefined, reason, requestedBy, ...started },
    parts,
  )
}

async function isComplete(stop: Stop, head: ChainRecord, parts: Parts): Promise<boolean> {
  if (!(await isDelivered(stop, head, parts))) return false
  return stop.prove.length === 0 || wasProven(stop, head, parts)
}

async function planRollback(command: RollbackCommand, parts: Parts): Promise<Candidate> {
  const requestsBefore = parts.requests()
  const stop = parts.stop(command.application, command.environment)
  const found = await findTarget(stop, command.to, parts)
  const image = await resolveImage(parts.store(stop.repository), found.target.digest)
  const { commit, version } = found.target.predicate
  return {
    action: 'rollback',
    stop,
    image,
    from: { environment: stop.environment, repository: formatRepository(stop.repository) },
    head: found.head,
    version,
    commit,
    policyDigest: policyDigest(stop.gates, parts.trust.digest, stop.exceptions, stop.source),
    verdict: combine([{ gate: 'rollback', result: 'pass', reason: found.reason, evidence: found.evidence }]),
    evidence: undefined,
    facts: undefined,
    tags: await planTags(image.store, rollbackTags(stop), { commit, version }, image.digest),
    reason: command.reason,
    requestedBy: command.requestedBy,
    rollbackOf: found.target.record,
    barred: found.barred,
    startedOn: timestamp(parts.clock.now()),
    requestsBefore,
  }
}

export interface RollbackTarget {
  readonly head: ChainRecord
  /** Digests that are barred now, by the records. */
  readonly barred: readonly BarredDigest[]
  readonly target: ChainRecord
  readonly reason: string
  readonly evidence: readonly Digest[]
}

/**
 * Where a rollback would go: the newest earlier digest that passed here, was not itself rolled away from,
 * and is still whole in the registry. With `asked`, that digest, if it was ever here.
 * @throws NOTHING_PROMOTED, NO_ROLLBACK_TARGET, RECORD_INVALID, RECORD_CHAIN_BROKEN
 */
export async function findTarget(
  stop: Stop,
  asked: string | undefined,
  parts: Parts,
): Promise<RollbackTarget> {
  const place = chainPlace(stop, parts)
  const [records, standing] = await Promise.all([Array.fromAsync(walkChain(place)), readStanding(place)])
  const [head] = records
  if (!head)
    throw fail(promotionErrors.NOTHING_PROMOTED, {
      message: `Nothing of ${stop.application} is in ${stop.environment}.`,
    })
  const rejected: string[] = []
  const listed = await barredByRecords(place, head)
  const barred = barredNow(listed, { ...stop, standing: standing.evidence.valid })
  const found = { head, barred: listed?.entries ?? [] }
  for (const target of candidates(records, asked, barred)) {
    const flaw = await flawOf(stop, target, asked !== undefined, parts)
    if (typeof flaw !== 'string') return { ...found, target, ...flaw }
    rejected.push(`${shortDigest(target.digest)} ${flaw}`)
  }
  throw noTarget(stop, asked, rejected)
}

/** What was rolled away from is no target, unless it is named. */
function candidates(
  records: readonly ChainRecord[],
  asked: string | undefined,
  barred: readonly Barred[],
): readonly ChainRecord[] {
  const [head, ...earlier] = records
  const out = new Set(asked === undefined ? barred.map(({ digest }) => digest) : [])
  const seen = new Set<Digest>()
  return earlier.filter((record) => {
    if (record.digest === head?.digest || out.has(record.digest) || seen.has(record.digest)) return false
    if (asked !== undefined && record.digest !== asked) return false
    seen.add(record.digest)
    return true
  })
}

async function flawOf(stop: Stop, target: ChainRecord, forced: boolean, parts: Parts) {
  const store = parts.store(stop.repository)
  const missing = await missingContent(store, target.digest)
  if (missing.length > 0)
    return `is no longer complete in ${store.location} (${missing.length} parts missing)`
  const evidence = await evidenceOn(store, target.digest, parts.trust, parts.clock.now())
  const mark = passedMark(evidence, stop.environment, formatRepository(stop.repository))
  if (!mark && !forced) return 'has no pass mark here'
  const passed = mark ? 'and passed there' : 'and was named by hand; it has no pass mark'
  return {
    reason: `${shortDigest(target.digest)} was in ${stop.environment} as record ${target.sequence} ${passed}.`,
    evidence: [target.payload, ...(mark ? [mark.payload] : [])],
  }
}

function noTarget(stop: Stop, asked: string | undefined, rejected: readonly string[]) {
  const looked = rejected.length > 0 ? ` Looked at: ${rejected.join('; ')}.` : ''
  const what =
    asked === undefined
      ? 'no earlier digest to go back to'
      : `no earlier record of ${isDigest(asked) ? shortDigest(asked) : asked}`
  return fail(promotionErrors.NO_ROLLBACK_TARGET, {
    message: `${stop.application} in ${stop.environment} has ${what}.${looked}`,
  })
}
