import { isFailure } from '../base/index.ts'
import { assessmentErrors, predecessor } from '../assessment/index.ts'
import type { ChainPlace, ChainRecord } from '../assessment/index.ts'

/** Records; what lost a race longer ago stays, and `verify` tells of it. */
const RECENT = 10

/** Milliseconds between the signing of a record and its place in the chain, at most. */
const ON_ITS_WAY = 60_000

/**
 * Those of `records` that lost a race and were left behind: another one stands in their place of the chain, and the
 * two promotions ran at the same time. A record that was replaced later is no leftover but a sign that somebody
 * moved the chain back: it is never among them.
 */
export async function raceLosers(
  records: readonly ChainRecord[],
  head: ChainRecord | undefined,
  place: ChainPlace,
): Promise<readonly ChainRecord[]> {
  const losers: ChainRecord[] = []
  const oldest = Math.min(...records.map(({ sequence }) => sequence))
  let standing = head
  for (let looked = 0; standing && standing.sequence >= oldest && looked < RECENT; looked++) {
    const winner = standing
    losers.push(...records.filter((record) => lostAgainst(winner, record)))
    standing = winner.sequence > oldest ? await before(winner, place) : undefined
  }
  return losers
}

/** A chain that is broken further back is no reason to stop here: it is read up to there. */
async function before(record: ChainRecord, place: ChainPlace): Promise<ChainRecord | undefined> {
  try {
    return await predecessor(place, record)
  } catch (error) {
    if (isFailure(error, assessmentErrors.RECORD_CHAIN_BROKEN, assessmentErrors.RECORD_INVALID))
      return undefined
    throw error
  }
}

function lostAgainst(winner: ChainRecord, record: ChainRecord): boolean {
  const [ours, theirs] = [winner.predicate, record.predicate]
  return (
    record.record !== winner.record &&
    record.sequence === winner.sequence &&
    ours.previous?.record === theirs.previous?.record &&
    Date.parse(ours.startedOn) <= Date.parse(theirs.finishedOn) + ON_ITS_WAY &&
    Date.parse(theirs.startedOn) <= Date.parse(ours.finishedOn) + ON_ITS_WAY
  )
}
