import type { Renderer } from '../flow.ts'
import { header } from '../header.ts'
import { pipelineText } from './pipeline.ts'
import { setUpText } from './set-up.ts'

const FILE = '.gitlab/waybill.yml'

const ROOT = `# The project's own pipeline. Jobs of your own go here; stages and jobs of Waybill come from the file below.
include:
  - local: ${FILE}

# One pipeline for a commit, not one for the branch and one for its merge request. Protected branches are always built.
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS && $CI_COMMIT_REF_PROTECTED != "true"
      when: never
    - when: always
`

export const gitlab: Renderer = {
  system: 'gitlab',
  files: (flows, settings) => [
    { path: '.gitlab-ci.yml', text: ROOT, once: true },
    {
      path: FILE,
      text: header('#', 'gitlab', { flows, settings }, pipelineText(flows, settings)),
    },
  ],
  setUp: setUpText,
}
