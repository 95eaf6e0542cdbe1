import { resolve } from 'node:path'
import { fail, parseDuration, printableLine } from '../base/index.ts'
import { loadConfig } from '../config/index.ts'
import { replay } from '../insight/index.ts'
import type { ReplayAnswer } from '../insight/index.ts'
import { promotionErrors } from '../promotion/index.ts'
import { stopOf } from './parts.ts'
import type { Wired } from './parts.ts'
import type { ReplayOrder, WorkspaceOptions } from './workspace.ts'

/** Tries another waybill.yaml, with the trust policy it names, on what was promoted. @throws TIME_INVALID */
export async function replayPolicy(
  { policy, since, application, environment }: ReplayOrder,
  { config, parts }: Wired,
  { cwd }: WorkspaceOptions,
): Promise<ReplayAnswer> {
  const tried = await loadConfig(resolve(cwd, policy))
  const applications = application === undefined ? [...config.applications.keys()] : [application]
  return replay(
    {
      applications,
      since: startOf(since, parts.clock.now()),
      ...(environment !== undefined && { environment }),
    },
    {
      file: policy,
      trust: tried.trust,
      stop: (name, place) =>
        tried.applications.has(name) && tried.environments.has(place)
          ? stopOf(tried, name, place)
          : undefined,
    },
    parts,
  )
}

/** `90d` before now, or a day or time by itself. */
function startOf(text: string, now: Date): Date {
  const length = parseDuration(text)
  const isDate = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z)?$/.test(text)
  const time = length === undefined ? (isDate ? Date.parse(text) : Number.NaN) : now.getTime() - length
  const start = new Date(time)
  if (!Number.isNaN(start.getTime())) return start
  throw fail(promotionErrors.TIME_INVALID, {
    message: `Found "${printableLine(text, 80)}", expected a length of time such as 90d, or a day such as 2026-01-31.`,
  })
}
