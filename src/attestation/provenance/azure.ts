import * as z from 'zod'
import type { BuildEvent } from './build-facts.ts'
import { authorIn, gitDependency, stated } from './reading.ts'
import type { Reading } from './reading.ts'
import { gitRef, gitUrl, sameSource } from './source.ts'

/** `buildType` of verified runs of Azure Pipelines; the vendor has none. docs/reference/build-type.md. */
export const AZURE_BUILD_TYPE = 'https://waybill.dev/buildtypes/azure-pipelines/v1'

/** externalParameters of AZURE_BUILD_TYPE. */
const azureParameters = z.strictObject({
  repository: z.string(),
  ref: z.string(),
  definitionId: z.string(),
})

/** internalParameters of AZURE_BUILD_TYPE. */
const azureInternal = z.object({
  azure: z.object({
    /** BUILD_REASON, a claim: the token does not say. */
    reason: z.string().optional(),
    organizationId: z.string(),
    projectId: z.string(),
    repositoryId: z.string().optional(),
  }),
})

export const readAzurePipelines: Reading = (claim) => {
  const asked = azureParameters.safeParse(claim.external).data
  const ran = azureInternal.safeParse(claim.internal).data?.azure
  const git = gitDependency(claim)
  if (!asked || !ran || !git) return undefined
  const { repository: source, ref } = asked
  if (!sameSource(gitUrl(git.uri), source) || gitRef(git.uri) !== ref) return undefined
  return {
    source,
    commit: git.commit,
    ref,
    workflow: asked.definitionId,
    ...authorIn(git),
    ...stated({ event: azureEvent(ran.reason ?? '', ref) }),
    understood: Object.keys(azureParameters.shape),
  }
}

const EVENTS: Readonly<Record<string, BuildEvent>> = {
  IndividualCI: 'push',
  BatchedCI: 'push',
  PullRequest: 'pull-request',
  Schedule: 'schedule',
  Manual: 'manual',
}

/** Other reasons may follow a build of a pull request. The ref is the verified witness. */
function azureEvent(reason: string, ref: string): BuildEvent | undefined {
  if (ref.startsWith('refs/pull/')) return 'pull-request'
  const event = Object.hasOwn(EVENTS, reason) ? EVENTS[reason] : undefined
  return event === 'push' && ref.startsWith('refs/tags/') ? 'tag' : event
}
