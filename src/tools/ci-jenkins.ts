import type { CiDraft, CiEvent } from './ci-facts.ts'
import { sourceUrl } from './source-url.ts'

/** Jenkins: variables of the core, the git plugin and multibranch pipelines. */
export function jenkinsFacts(env: NodeJS.ProcessEnv): CiDraft | undefined {
  if (!env.JENKINS_URL || !env.BUILD_URL) return undefined
  const pullRequest = env.CHANGE_ID || env.ghprbPullId
  return {
    system: 'jenkins',
    commit: env.GIT_COMMIT,
    ref: refOf(env, pullRequest),
    event: eventOf(env, pullRequest),
    pullRequest,
    source: sourceUrl(env.GIT_URL ?? ''),
    invocation: env.BUILD_URL,
    run: env.BUILD_NUMBER,
    actor: env.BUILD_USER_EMAIL || env.BUILD_USER_ID,
    builderId: env.JOB_URL || env.JENKINS_URL,
  }
}

function refOf(env: NodeJS.ProcessEnv, pullRequest: string | undefined): string | undefined {
  if (pullRequest) return `refs/pull/${pullRequest}/merge`
  if (env.TAG_NAME) return `refs/tags/${env.TAG_NAME}`
  const branch = env.BRANCH_NAME || env.GIT_BRANCH?.replace(/^(refs\/remotes\/)?origin\//, '')
  return branch && `refs/heads/${branch}`
}

// Jenkins does not tell a job what started it; a branch build is taken for a push.
function eventOf(env: NodeJS.ProcessEnv, pullRequest: string | undefined): CiEvent {
  if (pullRequest) return 'pull-request'
  return env.TAG_NAME ? 'tag' : 'push'
}
