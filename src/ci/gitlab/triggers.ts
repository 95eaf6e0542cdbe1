import type { Flow, Trigger } from '../flow.ts'
import { block } from '../text.ts'
import { inputText } from './inputs.ts'

/** The hidden job with the rules of a flow; jobs refer to it. */
export function rulesName(flow: string): string {
  return `.on-${flow}`
}

const IN_MERGE_REQUEST = '$CI_PIPELINE_SOURCE == "merge_request_event"'
const FROM_FORK = '$CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_MERGE_REQUEST_PROJECT_ID'
const FROM_HERE = '$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID'

/** Hidden jobs that hold the rules of one flow. */
export function rulesJobs(flow: Flow): readonly string[] {
  const [trigger] = flow.triggers
  if (flow.name === 'pull-request' && trigger?.on === 'pull-request') return mergeRequestRules(trigger.into)
  const rules = flow.triggers.flatMap((one) => ruleOf(flow, one))
  return block(rulesName(flow.id), block('rules', rules))
}

/** Three kinds: any; of a branch here, which may push; from a fork, whose pipeline has none of the secrets here. */
function mergeRequestRules(branches: readonly string[] | 'all'): readonly string[] {
  const into = branches === 'all' ? [] : [isOneOf('CI_MERGE_REQUEST_TARGET_BRANCH_NAME', branches)]
  const rules = (id: string, ...more: readonly string[]) =>
    block(rulesName(id), block('rules', [`- if: ${[IN_MERGE_REQUEST, ...into, ...more].join(' && ')}`]))
  return [
    ...rules('pull-request'),
    '',
    ...rules('pull-request-from-here', FROM_HERE),
    '',
    ...rules('pull-request-from-fork', FROM_FORK),
    '',
    ...rules('pull-request-closed', FROM_HERE),
    '      when: manual',
    '      allow_failure: true',
  ]
}

function ruleOf({ id, name }: Flow, trigger: Trigger): readonly string[] {
  // The branch or tag says which image is meant.
  const byRef = name === 'promote' ? ['  variables: { WAYBILL_REF: ci }'] : []
  switch (trigger.on) {
    case 'push':
      return [
        `- if: $CI_PIPELINE_SOURCE == "push" && ${isOneOf('CI_COMMIT_BRANCH', trigger.branches)}`,
        ...byRef,
      ]
    case 'tag':
      return [`- if: $CI_PIPELINE_SOURCE == "push" && ${isOneOf('CI_COMMIT_TAG', trigger.tags)}`, ...byRef]
    case 'schedule':
      return [`- if: $CI_PIPELINE_SOURCE == "schedule" && ${isFlow(id)}`]
    case 'person':
      return [`- if: $CI_PIPELINE_SOURCE =~ /^(web|api)$/ && ${isFlow(id)}`]
    // GitLab starts nothing when a merge request is closed, so the schedule does it; and what follows another flow
    // stands in that one's pipeline.
    case 'pull-request':
    case 'pull-request-closed':
    case 'flow':
      return []
  }
}

/** Only from a branch or tag that reviewed work alone reaches: its waybill.yaml is the one that decides. */
function isFlow(id: string): string {
  return `$CI_COMMIT_REF_PROTECTED == "true" && "${inputText('flow')}" == "${id}"`
}

/** Names of branches or tags, in which * stands for any part. */
export function isOneOf(variable: string, patterns: readonly string[]): string {
  const [only = ''] = patterns
  if (patterns.length === 1 && !only.includes('*')) return `$${variable} == "${only}"`
  const alternatives = patterns.map((pattern) =>
    pattern.replaceAll(/[.+/]/g, String.raw`\$&`).replaceAll('*', '.*'),
  )
  return `$${variable} =~ /^(${alternatives.join('|')})$/`
}
