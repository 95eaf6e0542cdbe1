import type { CiSettings } from '../../config/index.ts'
import type { Flow, Input, Trigger } from '../flow.ts'
import { comment, titleOf } from '../text.ts'
import { braces, literal } from './groovy.ts'
import { stageText } from './stage.ts'
import { levelsOf } from './stages.ts'

/** Pull requests and builds: one multibranch job, which knows for each run which it is. */
export function branchPipeline(pullRequest: Flow, build: Flow, settings: CiSettings): string {
  return text(
    [pullRequest.about, build.about],
    [
      'agent none',
      ...braces('options', [...options(), 'disableConcurrentBuilds() // of one branch or pull request']),
      ...braces('stages', [
        ...braces("stage('Pull request')", [
          ...braces('when', intoOf(pullRequest)),
          ...braces('stages', stagesOf(pullRequest, settings)),
        ]),
        ...braces("stage('Build')", [
          ...braces('when', ['not { changeRequest() }', ...branchesOf(build)]),
          ...braces('stages', stagesOf(build, settings)),
        ]),
      ]),
    ],
  )
}

export function flowPipeline(flow: Flow, settings: CiSettings): string {
  return text(
    [flow.about],
    [
      'agent none',
      ...braces('options', [...options(), 'disableConcurrentBuilds()']),
      ...braces(
        'triggers',
        flow.triggers.flatMap((trigger) => triggerOf(trigger, settings)),
      ),
      ...braces(
        'parameters',
        flow.inputs.map((input) => parameter(input, flow)),
      ),
      ...braces('stages', stagesOf(flow, settings)),
    ],
  )
}

function text(about: readonly string[], body: readonly string[]): string {
  return `${[...about.flatMap((line) => comment(line, '//')), ...braces('pipeline', body)].join('\n')}\n`
}

function options(): readonly string[] {
  return [
    "timeout(time: 3, unit: 'HOURS')",
    "buildDiscarder(logRotator(numToKeepStr: '100', artifactNumToKeepStr: '30'))",
  ]
}

/** Jobs that can go side by side do. */
function stagesOf(flow: Flow, settings: CiSettings): readonly string[] {
  return levelsOf(flow).flatMap(({ jobs }, level, all) => {
    const text = jobs.map((one) => {
      const isAwaited = all
        .slice(level + 1)
        .some((later) => later.jobs.some(({ job }) => job.after.includes(one.job.id)))
      return stageText(one, { flow, settings, isAwaited: isAwaited && one.job.builds !== undefined })
    })
    if (text.length === 1) return text.flat()
    const isBuilding = flow.name === 'pull-request' || flow.name === 'build'
    const kind = (isBuilding && ['Source', 'Image', 'Environment'][level]) || titleOf(flow.id)
    const name = flow.name === 'pull-request' ? `${kind} (pull request)` : kind
    return braces(`stage(${literal(name)})`, braces('parallel', text.flat()))
  })
}

function intoOf({ triggers }: Flow): readonly string[] {
  const [trigger] = triggers
  if (trigger?.on !== 'pull-request' || trigger.into === 'all') return ['changeRequest()']
  return braces(
    'anyOf',
    trigger.into.map((branch) => `changeRequest(target: ${literal(branch)}, comparator: 'GLOB')`),
  )
}

function branchesOf({ triggers }: Flow): readonly string[] {
  const branches = triggers.flatMap((trigger) => (trigger.on === 'push' ? trigger.branches : []))
  return braces(
    'anyOf',
    branches.map((branch) => `branch pattern: ${literal(branch.replaceAll('*', '**'))}, comparator: 'GLOB'`),
  )
}

function triggerOf(trigger: Trigger, { branches }: CiSettings): readonly string[] {
  if (trigger.on === 'schedule') return [`cron(${literal(`TZ=UTC\n${trigger.cron}`)})`]
  if (trigger.on !== 'flow') return []
  // The multibranch job has a job for each branch; a pattern cannot be named here.
  const projects =
    trigger.flow === 'build'
      ? branches
          .filter((branch) => !branch.includes('*'))
          .map((branch) => `build/${branch.replaceAll('/', '%2F')}`)
      : [trigger.flow]
  return projects.length === 0
    ? []
    : [`upstream(upstreamProjects: ${literal(projects.join(','))}, threshold: hudson.model.Result.SUCCESS)`]
}

function parameter({ name, about, choices, required }: Input, flow: Flow): string {
  const head = `name: ${literal(name.toUpperCase())}`
  if (!choices) return `string(${head}, defaultValue: '', trim: true, description: ${literal(about)})`
  const isOpen = flow.name === 'promote' || !required
  const all = isOpen && choices.length > 1 ? ['', ...choices] : choices
  const told = isOpen && choices.length > 1 ? `${about}; empty: all` : about
  return `choice(${head}, choices: [${all.map(literal).join(', ')}], description: ${literal(told)})`
}
