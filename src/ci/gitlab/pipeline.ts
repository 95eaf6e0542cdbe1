import type { CiSettings } from '../../config/index.ts'
import type { Flow } from '../flow.ts'
import { specLines } from './inputs.ts'
import { jobText } from './job.ts'
import { baseJob } from './obtain.ts'
import { placesOf, stagesOf } from './places.ts'
import type { Place } from './places.ts'
import { logInJobs } from './script.ts'
import { isOneOf, rulesJobs } from './triggers.ts'
import { block, comment, flowList } from '../text.ts'

/** Every flow in one file: GitLab has one pipeline for each commit, and each job says when it is part of it. */
export function pipelineText(flows: readonly Flow[], settings: CiSettings): string {
  const places = placesOf(flows)
  const isAwaited = ({ job }: Place) => places.some(({ needs }) => hasDigestOf(needs, job.id, places))
  return `${[
    ...comment('One image, built once, promoted by digest. Change waybill.yaml and write this file anew.'),
    ...comment('Set-up of the project (variables, environments, schedules): docs/waybill-ci.md'),
    '',
    ...specLines(flows),
    '---',
    `stages: ${flowList(stagesOf(places))}`,
    '',
    ...baseJob(settings),
    '',
    ...logInJobs(places),
    '# When each flow runs.',
    ...flows.flatMap((one) => spaced(rulesJobs(one))),
    ...offered(places, settings),
    ...flows.flatMap((one) =>
      section(one, places, (place) =>
        jobText(place, {
          settings,
          isAwaited: isAwaited(place),
        }),
      ),
    ),
  ]
    .join('\n')
    .trimEnd()}\n`
}

/** Checks hand on files, not a digest. */
function hasDigestOf(needs: Place['needs'], id: string, places: readonly Place[]): boolean {
  const isBuild = places.some(({ job }) => job.id === id && job.registries.length > 0)
  return isBuild && needs.some(({ job }) => job === id)
}

function section(
  { id, about }: Flow,
  places: readonly Place[],
  text: (place: Place) => readonly string[],
): readonly string[] {
  const here = places.filter(({ flow: { id: other } }) => other === id)
  if (here.length === 0) return []
  const rule = `# ${id} ${'-'.repeat(Math.max(3, 100 - id.length))}`
  return [rule, ...comment(about), '', ...here.flatMap((place) => [...text(place), ''])]
}

/** Promotions that a person starts stand in the pipeline of the build, and wait there. */
function offered(places: readonly Place[], { branches }: CiSettings): readonly string[] {
  if (!places.some(({ isOffered }) => isOffered)) return []
  return [
    ...block('.offered-after-build', [
      'rules:',
      '  # Who may press the button: Settings, CI/CD, Protected environments.',
      `  - if: $CI_PIPELINE_SOURCE == "push" && ${isOneOf('CI_COMMIT_BRANCH', branches)}`,
      '    when: manual',
      '    allow_failure: true',
    ]),
    '',
  ]
}

function spaced(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines, '']
}
