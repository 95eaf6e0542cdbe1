import { timestamp } from '../../base/index.ts'
import type { GateVerdict } from '../../policy/index.ts'
import type { Expiring } from '../rescan-answer.ts'
import type { Standing } from './judge-standing.ts'

const HOUR = 3_600_000

/**
 * Gates that let it in now and will not by `until`, if nothing is done: a waiver, a key, a scan or a database that runs
 * out. Each is found by asking the gate itself, so nothing that can run out is forgotten.
 */
export async function expiringSoon(standing: Standing, now: Date, until: Date): Promise<readonly Expiring[]> {
  const gatesAt = async (time: Date) => (await standing.at(time)).verdict.gates
  const [today, later] = [await gatesAt(now), await gatesAt(until)]
  const ending = later.flatMap((gate, index) => (isIn(today[index]) && !isIn(gate) ? [{ gate, index }] : []))
  const found: Expiring[] = []
  for (const { gate, index } of ending) {
    const by = await lastDay(async (time) => isIn((await gatesAt(time))[index]), now, until)
    // What it would say then, and not what it would say at `until`, when more may have run out.
    const { reason } = (await gatesAt(by))[index] ?? gate
    found.push({ gate: gate.gate, by: timestamp(by), reason })
  }
  return found.toSorted((a, b) => (a.by < b.by ? -1 : 1))
}

function isIn(gate: GateVerdict | undefined): boolean {
  return gate?.result === 'pass' || gate?.result === 'waived'
}

/** The first time, to the hour, at which it is no longer in. It is in at `from` and not at `to`. */
async function lastDay(stillIn: (time: Date) => Promise<boolean>, from: Date, to: Date): Promise<Date> {
  let [low, high] = [from.getTime(), to.getTime()]
  while (high - low > HOUR) {
    const middle = Math.floor((low + high) / 2)
    if (await stillIn(new Date(middle))) low = middle
    else high = middle
  }
  return new Date(high)
}
