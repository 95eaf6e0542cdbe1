import { isZone, MINUTES_PER_DAY, parseDate, parseTime } from './span.ts'
import type { WallClock } from './wall-clock.ts'

/** One point in time: absolute (milliseconds since 1970), or by the clock of a zone. */
export type Moment =
  | { readonly instant: number }
  | { readonly zone: string; readonly date: number; readonly minute: number }

/** `2027-01-04T08:00:00+01:00`, `2027-01-04 08:00 Europe/Berlin`, or `2027-01-04 Europe/Berlin` (its first minute). */
export function parseMoment(text: string): Moment | undefined {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) {
    const instant = Date.parse(text)
    return Number.isNaN(instant) || parseDate(text.slice(0, 10)) === undefined ? undefined : { instant }
  }
  const [, day = '', time = '00:00', zone = ''] =
    /^(\d{4}-\d\d-\d\d)(?: +(\d{1,2}:\d\d))? +(\S+)$/.exec(text) ?? []
  const date = parseDate(day)
  const minute = parseTime(time)
  if (date === undefined || minute === undefined || minute === MINUTES_PER_DAY || !isZone(zone))
    return undefined
  return { zone, date, minute }
}

/** True when one clock tells that the end is not after the beginning. */
export function isReversed(from: Moment, until: Moment): boolean {
  if ('instant' in from) return 'instant' in until && from.instant >= until.instant
  if ('instant' in until || from.zone !== until.zone) return false
  const minutes = ({ date, minute }: typeof from) => date * MINUTES_PER_DAY + minute
  return minutes(from) >= minutes(until)
}

/** Milliseconds since 1970. An hour that comes twice: the first for a beginning, the second for an end. */
export function instantOf(moment: Moment, end: 'begin' | 'end', clock: WallClock): number {
  if ('instant' in moment) return moment.instant
  const found = clock.instants(moment.zone, moment.date, moment.minute)
  return end === 'begin' ? Math.min(...found) : Math.max(...found)
}
