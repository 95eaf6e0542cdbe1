import { isFailure } from '../base/index.ts'
import { walkChain } from '../assessment/index.ts'
import type { ChainRecord } from '../assessment/index.ts'
import { deliver, deliveredDigest, deliveryErrors, previewDelivery } from '../delivery/index.ts'
import type { DeliverOrder, DeliverTarget } from '../delivery/index.ts'
import { confirmHead } from './confirm-head.ts'
import { chainPlace, deliverOptions } from './road.ts'
import type { Parts, Stop } from './road.ts'
import type { DeliveryReceipt } from './outcome.ts'
import type { Candidate, Delivered, TaggedImage } from './steps.ts'

/**
 * deliver: every deliver block gets the digest the chain's head names. The head is read again afterwards: when
 * another promotion was faster or newer, its digest is what must stand in git, so it is delivered too.
 * @throws PROMOTION_CONFLICT when our record turns out not to be in the chain
 */
export async function deliverImage(tagged: TaggedImage, parts: Parts): Promise<Delivered> {
  const { stop, record } = tagged
  const receipts = await deliverRecord(stop, record, parts)
  if (wroteNothing(tagged, receipts)) return { ...tagged, receipts }
  const { head, stands, lost } = await confirmHead(tagged, parts)
  if (head.record !== record.record) await deliverRecord(stop, head, parts)
  if (lost) throw lost
  return { ...tagged, record: stands, receipts }
}

/** The head was read in this run, and nothing was put anywhere since that another promotion could have been before. */
function wroteNothing({ head, record, moved }: TaggedImage, receipts: readonly DeliveryReceipt[]): boolean {
  const isStanding = head?.record === record.record
  return isStanding && moved.length === 0 && receipts.every(({ changed }) => changed.length === 0)
}

async function deliverRecord(
  stop: Stop,
  record: ChainRecord,
  parts: Parts,
): Promise<readonly DeliveryReceipt[]> {
  const receipts: DeliveryReceipt[] = []
  // One after another: several blocks may write the same branch.
  for (const target of stop.deliver) receipts.push(await deliverTo(target, stop, record, parts))
  return receipts
}

const TRIES = 5

async function deliverTo(
  target: DeliverTarget,
  stop: Stop,
  record: ChainRecord,
  parts: Parts,
): Promise<DeliveryReceipt> {
  const options = deliverOptions(parts)
  let current = record
  for (let attempt = 1; ; attempt++) {
    try {
      return await deliver(target, orderOf(stop, current), options)
    } catch (error) {
      if (attempt >= TRIES || !isFailure(error, deliveryErrors.TARGET_CHANGED)) throw error
      const head = await headAfterRace(stop, current, error.detail.found, parts)
      if (!head) throw error
      current = head
    }
  }
}

/** What to deliver when another promotion of this chain wrote in between; undefined when it was somebody else. */
async function headAfterRace(stop: Stop, ours: ChainRecord, found: unknown, parts: Parts) {
  const newest: ChainRecord[] = []
  for await (const record of walkChain(chainPlace(stop, parts))) {
    newest.push(record)
    if (newest.length === RECENT) break
  }
  const [head] = newest
  const isOurs = head?.record !== ours.record || newest.some((record) => record.digest === found)
  return isOurs ? head : undefined
}

/** Records; a promotion that is still delivering is one of the last. */
const RECENT = 10

/** What one deliver block would change: each file before and after. */
export type DeliveryPreview = Awaited<ReturnType<typeof previewDelivery>>

/**
 * Would git take it? Every edit is made in memory before anything is written anywhere, so that a deliver block that
 * cannot work does not leave a promotion half done.
 * @throws as `deliver`
 */
export async function rehearseDelivery(
  { stop, image, action }: Candidate,
  parts: Parts,
): Promise<readonly DeliveryPreview[]> {
  const options = deliverOptions(parts)
  const kind = action === 'rollback' ? 'rollback' : 'promote'
  const { application, environment, repository } = stop
  const order = { application, environment, repository, digest: image.digest, kind } as const
  return Promise.all(stop.deliver.map((target) => previewDelivery(target, order, options)))
}

/** True when every deliver block's place says the record's digest already. */
export async function isDelivered(stop: Stop, record: ChainRecord, parts: Parts): Promise<boolean> {
  const options = deliverOptions(parts)
  const found = await Promise.all(stop.deliver.map((target) => deliveredDigest(target, stop, options)))
  return found.every(({ digest }) => digest === record.digest)
}

function orderOf(stop: Stop, record: ChainRecord): DeliverOrder {
  const { predicate } = record
  const tag = predicate.to.tags[0]
  return {
    application: stop.application,
    environment: stop.environment,
    repository: stop.repository,
    digest: record.digest,
    record: record.record,
    kind: predicate.kind,
    ...(tag && { tag }),
    ...(predicate.breakGlass && { breakGlass: predicate.breakGlass }),
    ...(predicate.reason && { message: predicate.reason }),
    ...(predicate.requestedBy && { requestedBy: predicate.requestedBy }),
  }
}
