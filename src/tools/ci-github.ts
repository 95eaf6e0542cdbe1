import type { CiDraft, CiEvent } from './ci-facts.ts'
import { numbered } from './run-number.ts'
import { sourceUrl } from './source-url.ts'

const EVENTS: Readonly<Record<string, CiEvent>> = {
  push: 'push',
  schedule: 'schedule',
  // Queued merges run on a branch of the queue, before anything is merged.
  merge_group: 'pull-request',
}

/** GitHub Actions: default environment variables. */
export function githubFacts(env: NodeJS.ProcessEnv): CiDraft | undefined {
  if (env.GITHUB_ACTIONS !== 'true') return undefined
  const ref = env.GITHUB_REF ?? ''
  const server = env.GITHUB_SERVER_URL || 'https://github.com'
  const repository = `${server}/${env.GITHUB_REPOSITORY ?? ''}`
  return {
    system: 'github',
    commit: env.GITHUB_SHA,
    ref,
    event: githubEvent(env.GITHUB_EVENT_NAME ?? '', ref),
    pullRequest: /^refs\/pull\/(\d+)\//.exec(ref)?.[1],
    source: env.GITHUB_REPOSITORY && sourceUrl(repository),
    invocation:
      env.GITHUB_RUN_ID &&
      `${repository}/actions/runs/${env.GITHUB_RUN_ID}/attempts/${env.GITHUB_RUN_ATTEMPT || '1'}`,
    run: env.GITHUB_RUN_ID && numbered(env.GITHUB_RUN_ID, env.GITHUB_RUN_ATTEMPT),
    actor: env.GITHUB_TRIGGERING_ACTOR || env.GITHUB_ACTOR,
    builderId: env.GITHUB_WORKFLOW_REF && `${server}/${env.GITHUB_WORKFLOW_REF}`,
  }
}

// pull_request_target and pull_request_review run with the base branch as their ref, so the name decides first.
export function githubEvent(name: string, ref: string): CiEvent {
  if (name.startsWith('pull_request') || ref.startsWith('refs/pull/')) return 'pull-request'
  const event = Object.hasOwn(EVENTS, name) ? (EVENTS[name] ?? 'manual') : 'manual'
  return event === 'push' && ref.startsWith('refs/tags/') ? 'tag' : event
}
