import { isFailure, pause } from '../base/index.ts'
import type { WaybillError } from '../base/index.ts'
import { chainTag } from '../assessment/index.ts'
import type { ChainRecord } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'
import { registryErrors } from '../registry/index.ts'
import { rivalsOf } from './rivals.ts'
import { lostRace, settleRace, withdraw } from './settle-race.ts'
import type { Parts } from './road.ts'
import type { TaggedImage } from './steps.ts'

/** What stands when everything is written: the environment's head, and why this run lost, if it did. */
export interface Confirmed {
  readonly head: ChainRecord
  /** The record that counts for this promotion: ours, or that of another promotion of the same digest. */
  readonly stands: ChainRecord
  readonly lost: WaybillError | undefined
}

/** Milliseconds between looks at rivals: time for them to see that they have lost, or to win. */
const WAITS = [50, 100, 200, 400, 800, 1600]

/**
 * Looks once more at the end: on a registry without If-Match two promoters can each believe that they were first.
 * While a rival is about, its end is waited for. One that never ends has crashed or hangs, and its record goes.
 */
export async function confirmHead(tagged: TaggedImage, parts: Parts): Promise<Confirmed> {
  for (const wait of WAITS) {
    const { now, rivals } = await look(tagged, parts)
    if (now !== tagged.record.record) return afterRace(tagged, parts)
    if (rivals.length === 0) return ours(tagged)
    await pause(wait, parts.signal)
  }
  return outlast(tagged, parts)
}

async function outlast(tagged: TaggedImage, parts: Parts): Promise<Confirmed> {
  const { now, rivals } = await look(tagged, parts)
  if (now !== tagged.record.record) return afterRace(tagged, parts)
  for (const rival of rivals) await withdraw(tagged.destination, rival.record)
  await retakeTags(tagged)
  const after = await headNow(tagged)
  if (after === tagged.record.record) return ours(tagged)
  // It was only slow, and has written the head meanwhile: what is in the chain is there again.
  const risen = rivals.find(({ record }) => record === after)
  if (risen) await tagged.destination.putManifest(risen.manifest)
  return afterRace(tagged, parts)
}

async function look(tagged: TaggedImage, parts: Parts) {
  const wroteHead = tagged.head?.record !== tagged.record.record
  const rivals = wroteHead ? rivalsOf(tagged, parts) : Promise.resolve([])
  const [now, found] = await Promise.all([headNow(tagged), rivals])
  return { now, rivals: found }
}

async function headNow({ record, destination, stop }: TaggedImage): Promise<Digest> {
  const tag = chainTag(stop.environment)
  const now = await destination.head(tag)
  if (now) return now.digest
  // Gone: whoever lost against us removed the record we shared with it.
  await destination.putTag(tag, record.manifest, 'absent')
  return record.record
}

function ours({ record }: TaggedImage): Confirmed {
  return { head: record, stands: record, lost: undefined }
}

async function afterRace(tagged: TaggedImage, parts: Parts): Promise<Confirmed> {
  const { head = tagged.record, stands } = await settleRace(tagged, parts)
  return { head, stands: stands ?? head, lost: stands ? undefined : lostRace(tagged, head) }
}

/** The head's own tags, back from a promotion that took them and went no further. */
async function retakeTags({ tags, destination, image }: TaggedImage): Promise<void> {
  for (const { tag, mobility } of tags.tags) {
    const now = mobility === 'floating' ? await destination.head(tag) : undefined
    if (!now || now.digest === image.digest) continue
    try {
      await destination.putTag(tag, image.root, now.digest)
    } catch (error) {
      // Somebody is at it, and it is theirs to put right.
      if (!isFailure(error, registryErrors.TAG_CONFLICT)) throw error
    }
  }
}
