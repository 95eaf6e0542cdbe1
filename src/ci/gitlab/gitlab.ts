import type { Flow, Renderer } from '../flow.ts'
import { header } from '../header.ts'
import { includeLines, PIPELINE, specLines } from './inputs.ts'
import { pipelineText } from './pipeline.ts'
import { setUpText } from './set-up.ts'

/** GitLab CI: all flows in one file, and the project's pipeline that includes it. */
export const gitlab: Renderer = {
  system: 'gitlab',
  files: (flows, settings) => [
    { path: '.gitlab-ci.yml', text: header('#', 'gitlab', { flows }, rootText(flows)), yields: true },
    {
      path: PIPELINE,
      text: header('#', 'gitlab', { flows, settings }, pipelineText(flows, settings)),
    },
  ],
  setUp: setUpText,
}

function rootText(flows: readonly Flow[]): string {
  return `${[
    "# The project's own pipeline: once it is changed it is yours, and Waybill leaves it alone.",
    ...specLines(flows),
    '---',
    ...includeLines(flows),
    '',
    ...WORKFLOW,
  ].join('\n')}\n`
}

const WORKFLOW = [
  'workflow:',
  '  # A newer push to a merge request makes the jobs of the older one pointless; only they are interruptible.',
  '  auto_cancel: { on_new_commit: interruptible }',
  '  rules:',
  '    # One pipeline for a commit, not one for the branch and one for its merge request. Protected branches are always built.',
  '    - if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS && $CI_COMMIT_REF_PROTECTED != "true"',
  '      when: never',
  '    - when: always',
]
