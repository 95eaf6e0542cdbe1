import type { CiDraft, CiEvent } from './ci-facts.ts'
import { numbered } from './run-number.ts'
import { sourceUrl } from './source-url.ts'

const REASONS: Readonly<Record<string, CiEvent>> = {
  IndividualCI: 'push',
  BatchedCI: 'push',
  PullRequest: 'pull-request',
  Schedule: 'schedule',
}

/** Azure Pipelines: predefined variables as the agent exports them. */
export function azureFacts(env: NodeJS.ProcessEnv): CiDraft | undefined {
  if (env.TF_BUILD?.toLowerCase() !== 'true') return undefined
  const ref = env.BUILD_SOURCEBRANCH
  const project = `${env.SYSTEM_COLLECTIONURI ?? ''}${encodeURIComponent(env.SYSTEM_TEAMPROJECT ?? '')}`
  return {
    system: 'azure-devops',
    commit: env.BUILD_SOURCEVERSION,
    ref,
    event: eventOf(env.BUILD_REASON ?? '', ref ?? ''),
    // For repositories hosted on GitHub the id is Azure's own; the number is what people see.
    pullRequest: env.SYSTEM_PULLREQUEST_PULLREQUESTNUMBER || env.SYSTEM_PULLREQUEST_PULLREQUESTID,
    source: sourceUrl(env.BUILD_REPOSITORY_URI ?? ''),
    invocation: env.BUILD_BUILDID && `${project}/_build/results?buildId=${env.BUILD_BUILDID}`,
    run: env.BUILD_BUILDID && numbered(env.BUILD_BUILDID, env.SYSTEM_JOBATTEMPT),
    actor: env.BUILD_REQUESTEDFOREMAIL || env.BUILD_REQUESTEDFOR,
    builderId: env.SYSTEM_DEFINITIONID && `${project}/_build?definitionId=${env.SYSTEM_DEFINITIONID}`,
    details: {
      reason: env.BUILD_REASON,
      stageAttempt: env.SYSTEM_STAGEATTEMPT,
      jobAttempt: env.SYSTEM_JOBATTEMPT,
    },
  }
}

function eventOf(reason: string, ref: string): CiEvent {
  if (ref.startsWith('refs/pull/')) return 'pull-request'
  const event = Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? 'manual') : 'manual'
  return event === 'push' && ref.startsWith('refs/tags/') ? 'tag' : event
}
