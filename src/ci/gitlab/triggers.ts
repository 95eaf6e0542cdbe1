import type { Flow, Trigger } from '../flow.ts'

/** The hidden job with the rules of a flow; jobs refer to it. */
export function rulesName(flow: string): string {
  return `.on-${flow}`
}

/**
 * When a flow runs, as `rules`. The pipeline of a merge request from a fork runs in the fork and sees none of this
 * project's variables; it is kept from what would push.
 */
export function rulesOf(flow: Flow): readonly string[] {
  return flow.triggers.flatMap((trigger) => conditionsOf(flow, trigger)).map((condition) => `- if: ${condition}`)
}

function conditionsOf(flow: Flow, trigger: Trigger): readonly string[] {
  switch (trigger.on) {
    case 'push':
      return [`$CI_PIPELINE_SOURCE == "push" && ${isOneOf('CI_COMMIT_BRANCH', trigger.branches)}`]
    case 'tag':
      return [`$CI_PIPELINE_SOURCE == "push" && ${isOneOf('CI_COMMIT_TAG', trigger.tags)}`]
    case 'pull-request':
      return [
        ['$CI_PIPELINE_SOURCE == "merge_request_event"', into(trigger.into)].filter(Boolean).join(' && '),
      ]
    case 'schedule':
      return [`$CI_PIPELINE_SOURCE == "schedule" && $WAYBILL_FLOW == "${flow.id}"`]
    case 'person':
      return [`$CI_PIPELINE_SOURCE =~ /^(web|api)$/ && $WAYBILL_FLOW == "${flow.id}"`]
    // GitLab starts nothing when a merge request is closed (the schedule does it), and what follows another flow
    // stands in that one's pipeline.
    case 'pull-request-closed':
    case 'flow':
      return []
  }
}

function into(branches: readonly string[] | 'all'): string {
  return branches === 'all' ? '' : isOneOf('CI_MERGE_REQUEST_TARGET_BRANCH_NAME', branches)
}

export const NOT_FROM_FORK = '$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID'

/** Names of branches or tags, in which * stands for any part. */
export function isOneOf(variable: string, patterns: readonly string[]): string {
  const [only = ''] = patterns
  if (patterns.length === 1 && !only.includes('*')) return `$${variable} == "${only}"`
  const alternatives = patterns.map((pattern) =>
    pattern.replaceAll(/[.+/]/g, String.raw`\$&`).replaceAll('*', '.*'),
  )
  return `$${variable} =~ /^(${alternatives.join('|')})$/`
}
