import { MINUTES_PER_DAY } from './span.ts'
import type { RecurringSpan, Span } from './span.ts'
import type { Wall, WallClock } from './wall-clock.ts'

/** When something may happen: inside one of `allow` (always, when there is none), and outside all of `deny`. */
export interface Schedule {
  readonly allow: readonly Span[]
  readonly deny: readonly Span[]
}

/**
 * True when the clock on the wall is inside. It decides alone: what falls into an hour that comes twice is open twice,
 * and what falls into one that is left out is not open that day.
 */
export function isInside(span: Span, instant: number, clock: WallClock): boolean {
  const wall = clock.at(span.zone, instant)
  if ('moments' in span) {
    const now = wall.date * MINUTES_PER_DAY + wall.minute
    return span.moments[0] <= now && now < span.moments[1]
  }
  if (!span.time) return isOnDay(span, wall)
  const [from, to] = span.time
  if (from < to) return isOnDay(span, wall) && from <= wall.minute && wall.minute < to
  return (isOnDay(span, wall) && from <= wall.minute) || (isOnDay(span, dayBefore(wall)) && wall.minute < to)
}

function isOpen({ allow, deny }: Schedule, instant: number, clock: WallClock): boolean {
  const within = (span: Span) => isInside(span, instant, clock)
  return (allow.length === 0 || allow.some(within)) && !deny.some(within)
}

function isOnDay({ days, dates }: RecurringSpan, { date, weekday }: Wall): boolean {
  if (days && !days.includes(weekday)) return false
  return !dates || (dates[0] <= date && date <= dates[1])
}

function dayBefore({ date, weekday, minute }: Wall): Wall {
  return { date: date - 1, weekday: weekday === 1 ? 7 : weekday - 1, minute }
}

const DAY = 86_400_000
/** Days that are looked through at once; zones are up to 26 hours apart, so two days more on either side. */
const STRETCH = 16
const MARGIN = 2
const HORIZON = 3 * 366

/**
 * The first instant from `now` on at which it is open; undefined when there is none in three years. Being open changes
 * only where a span begins or ends, or where clocks are changed, so only those instants are tried.
 */
export function nextOpening(schedule: Schedule, now: number, clock: WallClock): number | undefined {
  if (isOpen(schedule, now, clock)) return now
  const spans = [...schedule.allow, ...schedule.deny]
  const today = Math.floor(now / DAY)
  for (let first = today; first < today + HORIZON; first += STRETCH) {
    const end = (first + STRETCH) * DAY
    const tried = spans
      .flatMap((span) => turns(span, first - MARGIN, first + STRETCH + MARGIN, clock))
      .filter((instant) => instant > now && instant < end && instant >= first * DAY)
    const found = [...new Set(tried)].toSorted((a, b) => a - b).find((one) => isOpen(schedule, one, clock))
    if (found !== undefined) return found
  }
  return undefined
}

/** Instants at which a span may begin or end, on the days from `first` to `last`. */
function turns(span: Span, first: number, last: number, clock: WallClock): readonly number[] {
  const changes = clock.changes(span.zone, first * DAY, last * DAY)
  return [
    ...changes,
    ...ends(span, first, last).flatMap(([date, minute]) => clock.instants(span.zone, date, minute)),
  ]
}

function ends(span: Span, first: number, last: number): readonly (readonly [number, number])[] {
  const isNear = (date: number) => first <= date && date <= last
  if ('moments' in span)
    return span.moments
      .map((moment) => [Math.floor(moment / MINUTES_PER_DAY), moment % MINUTES_PER_DAY] as const)
      .filter(([date]) => isNear(date))
  const from = Math.max(first, span.dates ? span.dates[0] : first)
  const to = Math.min(last, span.dates ? span.dates[1] + 1 : last)
  const minutes = span.time ?? [0]
  const found: (readonly [number, number])[] = []
  for (let date = from; date <= to; date++) for (const minute of minutes) found.push([date, minute])
  return found
}
