import { fail, parseDuration, timestamp } from '../base/index.ts'
import type { CleanCommand } from './clean-answer.ts'
import { retentionErrors } from './errors.ts'

/** Which builds are asked for. */
export interface Asked {
  readonly pullRequest: string | undefined
  /** RFC 3339 time before which a build ended that may go. */
  readonly before: string | undefined
}

/** @throws CLEAN_UNCLEAR when neither is said, or is no number or no duration */
export function askedFor({ pullRequest, olderThan }: CleanCommand, now: Date): Asked {
  if (pullRequest === undefined && olderThan === undefined)
    throw unclear('Neither a pull request nor an age is named.')
  // Zeros in front would be another name for the same pull request, which its tag does not have.
  if (pullRequest !== undefined && !/^[1-9]\d{0,19}$/.test(pullRequest))
    throw unclear(`Found the pull request ${JSON.stringify(pullRequest)}, expected its number.`)
  return { pullRequest, before: olderThan === undefined ? undefined : timeBefore(olderThan, now) }
}

function timeBefore(olderThan: string, now: Date): string {
  const age = parseDuration(olderThan)
  const time = new Date(now.getTime() - (age ?? Number.NaN))
  if (!Number.isNaN(time.getTime())) return timestamp(time)
  throw unclear(`Found the age ${JSON.stringify(olderThan)}, expected one such as 14d.`)
}

function unclear(message: string) {
  return fail(retentionErrors.CLEAN_UNCLEAR, { message })
}
