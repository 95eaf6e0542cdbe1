import { allow } from '../policy/index.ts'
import { attachRecord } from './attach-record.ts'
import type { PromoteCommand } from './commands.ts'
import { copyImage } from './copy-image.ts'
import { deliverImage, rehearseDelivery } from './deliver-image.ts'
import { moveTags, nameImage } from './move-tags.ts'
import type { Outcome } from './outcome.ts'
import { finished, planned, stopped, warningsOf } from './outcome-of.ts'
import { hasArrived, planPromotion } from './plan-promotion.ts'
import { prove } from './prove.ts'
import type { Parts } from './road.ts'
import type { Allowed, Candidate, Proven, TaggedImage } from './steps.ts'
import { stepping } from './stepping.ts'

/** The whole road for one digest into one environment (DESIGN §3). Safe to run again after a crash at any point. */
export async function promote(
  command: PromoteCommand,
  parts: Parts,
  action: Outcome['action'] = 'promote',
): Promise<Outcome> {
  if (!command.dryRun) parts.store(parts.stop(command.application, command.to).repository).expectWrites()
  const candidate = await planPromotion(command, parts, action)
  return command.dryRun ? foresee(candidate, parts) : carryOut(candidate, parts)
}

/**
 * What would come of it: as `carryOut`, up to the first write.
 * @param rehearse as `rehearseDelivery`, for a caller that wants to see what it gives
 */
export async function foresee(
  candidate: Candidate,
  parts: Parts,
  rehearse: () => Promise<unknown> = () => rehearseDelivery(candidate, parts),
): Promise<Outcome> {
  if (isAllowed(candidate) && !hasArrived(candidate)) await rehearse()
  return planned(candidate)
}

/** The WRITE half: copy, record, tag, deliver, prove. */
export async function carryOut(candidate: Candidate, parts: Parts): Promise<Outcome> {
  if (!isAllowed(candidate)) return stopped(candidate)
  if (hasArrived(candidate)) return finished(await complete(await resume(candidate, parts), parts), 'resumed')
  for (const message of warningsOf(candidate)) parts.onStep({ kind: 'warning', code: 'BREAK_GLASS', message })
  // A missing key, or a place in git that is not there, is told before gigabytes move and anything is recorded.
  await Promise.all([parts.signer('promotion'), rehearseDelivery(candidate, parts)])
  const step = stepping(parts)
  const copied = await step('copy', () => copyImage(candidate, parts))
  const recorded = await step('record', () => attachRecord(copied, parts))
  const tagged = await step('tag', () => moveTags(recorded, parts))
  const how = tagged.record.record === recorded.record.record ? 'promoted' : 'resumed'
  return finished(await complete(tagged, parts), how)
}

/** deliver and prove: what is left once the environment's head is this digest. */
async function complete(tagged: TaggedImage, parts: Parts): Promise<Proven> {
  const step = stepping(parts)
  const delivered = await step('deliver', () => deliverImage(tagged, parts))
  return step('prove', () => prove(delivered, parts))
}

/** The record is already the head: put right any tag an interrupted run did not get to. */
async function resume(
  candidate: Allowed & { readonly head: NonNullable<Candidate['head']> },
  parts: Parts,
): Promise<TaggedImage> {
  const destination = parts.store(candidate.stop.repository)
  const moved = await nameImage({ ...candidate, destination })
  const requests = parts.requests() - candidate.requestsBefore
  return {
    ...candidate,
    destination,
    copy: { manifests: 0, blobs: 0, bytes: 0, mounted: 0, referrers: 0, requests },
    carried: [],
    record: candidate.head,
    isOurs: false,
    superseded: [],
    listed: new Set(),
    named: candidate.tags.tags.map((tag) => tag.tag),
    moved,
  }
}

function isAllowed(candidate: Candidate): candidate is Allowed {
  return allow(candidate.verdict)
}
