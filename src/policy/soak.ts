import { formatDuration, timestamp } from '../base/index.ts'
import type { Facts, Occupancy, UpstreamFacts } from './facts.ts'
import type { Judgement } from './judgement.ts'
import { pass, refuse, unclear } from './judgement.ts'

/** One unbroken stay of the digest. Milliseconds; no `until` = still there. */
export interface Stay {
  readonly since: number
  readonly until: number | undefined
  readonly records: readonly Occupancy[]
}

/**
 * The digest was the environment's newest record for `soak` milliseconds without a break. Promoting the same
 * digest again does not break the stay; another digest in between does.
 */
export function judgeSoak(upstream: UpstreamFacts, facts: Facts, soak: number): Judgement {
  const { environment } = upstream
  const now = facts.now.getTime()
  const stays = staysOf(upstream.occupancy, facts.image.digest)
  const longest = stays.toSorted((a, b) => length(b, now) - length(a, now))[0]
  if (!longest) return refuse(`It has never been in ${environment}, required: ${formatDuration(soak)} there.`)
  const basis = longest.records.map((record) => ({ payload: record.record }))
  if (stays.some((stay) => Number.isNaN(length(stay, now))))
    return unclear(`The records of ${environment} state times that cannot be read.`, basis)
  if (length(longest, now) >= soak)
    return pass(`It stayed there ${lasted(longest, now)}, required: ${formatDuration(soak)}.`, basis)
  const current = stays.find((stay) => stay.until === undefined)
  if (current) return stillSoaking(environment, current, now, soak)
  return refuse(
    `It left ${environment} after ${lasted(longest, now)}, required: ${formatDuration(soak)}; promote it there again.`,
    basis,
  )
}

function stillSoaking(environment: string, stay: Stay, now: number, soak: number): Judgement {
  const earliest = timestamp(new Date(Math.ceil((stay.since + soak) / 1000) * 1000))
  return {
    result: 'pending',
    reason: `It has been in ${environment} for ${lasted(stay, now)}, required: ${formatDuration(soak)}; the earliest time is ${earliest}.`,
    evidence: stay.records.map((record) => record.record),
    earliest,
  }
}

// Rounded down: 29m 40s must not read as the 30m it has not reached.
function lasted(stay: Stay, now: number): string {
  const milliseconds = Math.max(0, length(stay, now))
  const unit = milliseconds < 60_000 ? 1_000 : 60_000
  return formatDuration(Math.floor(milliseconds / unit) * unit)
}

/** The newest stay; undefined when it has never been there. */
export function lastStay(occupancy: readonly Occupancy[], digest: string): Stay | undefined {
  return staysOf(occupancy, digest).at(-1)
}

const length = (stay: Stay, now: number) => (stay.until ?? now) - stay.since

function staysOf(occupancy: readonly Occupancy[], digest: string): readonly Stay[] {
  const stays: Stay[] = []
  let unbroken = false
  for (const record of occupancy) {
    const last = stays.at(-1)
    const until = record.until === undefined ? undefined : Date.parse(record.until)
    if (record.digest !== digest) unbroken = false
    else if (unbroken && last)
      stays[stays.length - 1] = { ...last, until, records: [...last.records, record] }
    else {
      stays.push({ since: Date.parse(record.since), until, records: [record] })
      unbroken = true
    }
  }
  return stays
}
