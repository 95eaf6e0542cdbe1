import type { CiDraft, CiEvent } from './ci-facts.ts'
import { sourceUrl } from './source-url.ts'

/** GitLab CI: predefined variables. A merge request is reported as a pull request. */
export function gitlabFacts(env: NodeJS.ProcessEnv): CiDraft | undefined {
  if (env.GITLAB_CI !== 'true') return undefined
  const pullRequest = env.CI_MERGE_REQUEST_IID || env.CI_EXTERNAL_PULL_REQUEST_IID
  const source = sourceUrl(env.CI_PROJECT_URL ?? '')
  return {
    system: 'gitlab',
    commit: env.CI_COMMIT_SHA,
    ref: refOf(env),
    event: eventOf(env, pullRequest),
    pullRequest,
    source,
    invocation: env.CI_JOB_URL || env.CI_PIPELINE_URL,
    run: env.CI_JOB_ID,
    actor: env.GITLAB_USER_EMAIL || env.GITLAB_USER_LOGIN,
    builderId: source && env.CI_RUNNER_ID && `${source}/-/runners/${env.CI_RUNNER_ID}`,
    details: {
      job: env.CI_JOB_NAME,
      runner: env.CI_RUNNER_DESCRIPTION,
      architecture: env.CI_RUNNER_EXECUTABLE_ARCH,
    },
  }
}

function refOf(env: NodeJS.ProcessEnv): string | undefined {
  if (env.CI_MERGE_REQUEST_IID)
    return env.CI_MERGE_REQUEST_REF_PATH || `refs/merge-requests/${env.CI_MERGE_REQUEST_IID}/head`
  if (env.CI_COMMIT_TAG) return `refs/tags/${env.CI_COMMIT_TAG}`
  return env.CI_COMMIT_REF_NAME && `refs/heads/${env.CI_COMMIT_REF_NAME}`
}

function eventOf(env: NodeJS.ProcessEnv, pullRequest: string | undefined): CiEvent {
  const cause = env.CI_PIPELINE_SOURCE ?? ''
  if (pullRequest || cause === 'merge_request_event' || cause === 'external_pull_request_event')
    return 'pull-request'
  if (cause === 'schedule') return 'schedule'
  if (cause !== 'push') return 'manual'
  return env.CI_COMMIT_TAG ? 'tag' : 'push'
}
