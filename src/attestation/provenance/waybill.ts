import * as z from 'zod'
import { buildEvents } from './build-facts.ts'
import { authorIn, gitDependency } from './reading.ts'
import type { Reading } from './reading.ts'

/** `buildType` of images built or adopted by `waybill build`; documented in docs/reference/build-type.md. */
export const WAYBILL_BUILD_TYPE = 'https://waybill.dev/build/v1'

/**
 * externalParameters of WAYBILL_BUILD_TYPE. `event` is what started the build; a pull request is never promotable.
 */
export const waybillBuildParameters = z.strictObject({
  source: z.string(),
  ref: z.string(),
  event: z.enum(buildEvents),
  pullRequest: z.string().optional(),
  builder: z.string(),
  platforms: z.array(z.string()),
  dirty: z.boolean(),
})

// SLSA: unexpected parameters are refused. Half-read ones would hide a pull request or a dirty tree.
export const readWaybill: Reading = (claim) => {
  const read = waybillBuildParameters.safeParse(claim.external).data
  const git = gitDependency(claim)
  if (!read || !git) return undefined
  const { source, ref, event, dirty } = read
  const understood = Object.keys(waybillBuildParameters.shape)
  return { source, commit: git.commit, ref, event, dirty, ...authorIn(git), understood }
}
