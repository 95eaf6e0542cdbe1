import { fail, parseDuration, printableLine, timestamp } from '../base/index.ts'
import { promotionErrors } from './errors.ts'

/** `2026-12-24` or `2026-12-24T18:00:00Z`. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/

/**
 * `24h`, `30d`, a day (its beginning, UTC) or a time → that time, RFC 3339 in UTC and whole seconds.
 * @throws TIME_INVALID also when it is not in the future
 */
export function futureTime(text: string, now: Date): string {
  const length = parseDuration(text)
  const at = length === undefined ? (TIME.test(text) ? Date.parse(text) : NaN) : now.getTime() + length
  if (at > now.getTime() && at < LATEST) return timestamp(new Date(at))
  const found = `Found "${printableLine(text, 60)}"`
  throw fail(
    promotionErrors.TIME_INVALID,
    at <= now.getTime()
      ? `${found}, which is not in the future.`
      : `${found}, expected a time or a duration.`,
  )
}

/** The year 10000 has no RFC 3339 form. */
const LATEST = Date.UTC(9999, 11, 31)
