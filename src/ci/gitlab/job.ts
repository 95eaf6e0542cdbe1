import type { CiSettings } from '../../config/index.ts'
import type { Job, Step } from '../flow.ts'
import { loginsOf } from '../logins.ts'
import { loginScript, renamedSecrets, scriptOf, secretVariables, tokenVariable } from './script.ts'
import type { Place } from './places.ts'
import { block, comment, flow, indent, list, scalar } from './yaml.ts'

/** `isAwaited`: a later job takes its digest. `applications`: how many there are to choose from. */
export interface Around {
  readonly settings: CiSettings
  readonly isAwaited: boolean
  readonly applications: number
}

export function jobText(place: Place, around: Around): readonly string[] {
  const { job } = place
  return [
    `${job.id}:`,
    ...indent([
      ...comment(`${job.title}.`),
      'extends: .waybill',
      `stage: ${place.stage}`,
      ...needsOf(place),
      ...block('rules', rulesOf(place, around)),
      ...environmentOf(place),
      ...(job.environment === undefined && job.registries.length === 0 ? ['interruptible: true'] : []),
      `timeout: ${job.timeout} minutes`,
      ...block('id_tokens', tokensOf(job)),
      ...block('variables', variablesOf(place, around)),
      ...beforeOf(job),
      ...block('script', scriptOf(place)),
      ...artifactsOf(job.steps, around),
    ]),
  ]
}

function needsOf({ needs }: Place): readonly string[] {
  if (needs.every(({ isSure }) => isSure)) return [`needs: ${flow(needs.map(({ job }) => job))}`]
  return block(
    'needs',
    list(needs.map(({ job }) => `{ job: ${job}, optional: true }`)),
  )
}

function rulesOf({ runs, isOffered, job, flow: { name } }: Place, { applications }: Around): readonly string[] {
  const { onlyWhen } = job
  const isChosen = onlyWhen && (onlyWhen.input !== 'application' || applications > 1)
  const variable = `$INPUT_${onlyWhen?.input.toUpperCase()}`
  const orAll = name === 'promote' ? ` && ${variable} != "all"` : ''
  return [
    ...(isChosen ? [`- if: ${variable} != "${onlyWhen.is}"${orAll}`, '  when: never'] : []),
    ...runs.map((hidden) => `- !reference [${hidden}, rules]`),
    ...(isOffered ? ['- !reference [.offered-after-build, rules]'] : []),
  ]
}

/**
 * Variables of a GitLab project can be kept for one environment. Jobs that belong to none of the road's name one all
 * the same, which starts no deployment, so that no job sees another's keys.
 */
function environmentOf(place: Place): readonly string[] {
  const { job, stage } = place
  if (job.environment !== undefined)
    return [
      `environment: { name: ${job.environment} }`,
      '# One at a time, and a rollback waits its turn too.',
      `resource_group: ${job.environment}`,
    ]
  if (secretVariables(place).length === 0) return []
  return [`environment: { name: ${scopeOf(place) ?? stage}, action: access }`]
}

/** Environment of a job that is none of the road's. */
export function scopeOf({ job, flow: { name }, stage }: Place): string {
  if (job.environment !== undefined) return job.environment
  if (stage === 'check') return 'waybill-source'
  return name === 'pull-request' ? 'waybill-preview' : `waybill-${name}`
}

function tokensOf(job: Job): readonly string[] {
  return [
    ...(job.identity ? ['WAYBILL_ID_TOKEN: { aud: waybill }'] : []),
    ...loginsOf(job).clouds.map(({ name, audience }) => `${tokenVariable(name)}: { aud: '${audience}' }`),
  ]
}

function variablesOf(place: Place, { settings, isAwaited }: Around): readonly string[] {
  const { job } = place
  return [
    `GIT_DEPTH: "${job.history === 'all' ? 0 : 1}"${job.history === 'all' ? ' # all commits' : ''}`,
    ...renamedSecrets(secretVariables(place), settings).map(([name, there]) => `${name}: $${there}`),
    ...loginsOf(job).clouds.flatMap(({ variables }) =>
      Object.entries(variables).map(([name, value]) => `${name}: ${scalar(value)}`),
    ),
    ...(isAwaited ? ['WAYBILL_OUTPUTS: waybill.env'] : []),
  ]
}

function beforeOf(job: Job): readonly string[] {
  const script = loginScript(loginsOf(job))
  if (script.length === 0) return []
  return [
    ...block('before_script', [
      '- !reference [.get-waybill, before_script]',
      '# Logins of this job alone, in a folder of its own.',
      ...list(script),
    ]),
    'after_script: [rm -rf "$DOCKER_CONFIG"]',
  ]
}

function artifactsOf(steps: readonly Step[], { isAwaited }: Around): readonly string[] {
  const kept = steps.flatMap((step) => (step.do === 'keep' ? [step] : []))
  const comments = steps.some((step) => step.do === 'comment')
  const tests = steps.flatMap((step) => (step.do === 'publish' && step.what === 'tests' ? [step.files] : []))
  const coverage = steps.flatMap((step) =>
    step.do === 'publish' && step.what === 'coverage' ? [step.files] : [],
  )
  const reports = [
    ...(isAwaited ? ['dotenv: waybill.env'] : []),
    ...(tests.length > 0 ? [`junit: ${flow(tests)}`] : []),
    ...coverage.map((files) => `coverage_report: { coverage_format: cobertura, path: ${scalar(files)} }`),
  ]
  if (kept.length === 0 && reports.length === 0) return []
  const days = kept.map((step) => step.days)
  return block('artifacts', [
    'when: always',
    `expire_in: ${Math.max(1, ...days)} days`,
    ...(comments
      ? ['# Shown on the merge request: a comment would need a token that may write there.', 'expose_as: Waybill']
      : []),
    ...(kept.length > 0 ? [`paths: ${flow([...new Set(kept.map(({ folder }) => `${folder}/`))])}`] : []),
    ...block('reports', reports),
  ])
}
