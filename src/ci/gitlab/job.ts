import type { CiSettings } from '../../config/index.ts'
import type { Job } from '../flow.ts'
import { loginsOf } from '../logins.ts'
import { block, comment, flowList, scalar } from '../text.ts'
import { artifactsOf } from './artifacts.ts'
import type { Place } from './places.ts'
import { renamedSecrets, scriptOf, secretVariables, tokenVariable } from './script.ts'

export interface Around {
  readonly settings: CiSettings
  /** A later job takes its digest. */
  readonly isAwaited: boolean
  /** How many there are to choose from. */
  readonly applications: number
}

export function jobText(place: Place, around: Around): readonly string[] {
  const { job } = place
  return block(job.id, [
    ...comment(`${job.title}.`),
    'extends: .waybill',
    `stage: ${place.stage}`,
    ...needsOf(place),
    ...block('rules', rulesOf(place, around)),
    ...environmentOf(place, around.settings),
    ...(job.registries.length === 0 ? ['interruptible: true'] : []),
    `timeout: ${job.timeout} minutes`,
    ...block('id_tokens', tokensOf(job)),
    ...block('variables', variablesOf(place, around)),
    ...block('script', scriptOf(place, around.settings)),
    ...artifactsOf(job.steps, around.isAwaited),
  ])
}

function needsOf({ needs }: Place): readonly string[] {
  if (needs.every(({ isSure }) => isSure)) return [`needs: ${flowList(needs.map(({ job }) => job))}`]
  return block(
    'needs',
    needs.map(({ job }) => `- { job: ${job}, optional: true }`),
  )
}

function rulesOf({ runs, isOffered, job, flow }: Place, { applications }: Around): readonly string[] {
  const { onlyWhen } = job
  const isChosen = onlyWhen && (onlyWhen.input !== 'application' || applications > 1)
  const variable = `$INPUT_${onlyWhen?.input.toUpperCase()}`
  const orAll = flow.name === 'promote' ? ` && ${variable} != "all"` : ''
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
function environmentOf(place: Place, settings: CiSettings): readonly string[] {
  const { environment, exclusive } = place.job
  if (environment === undefined)
    return secretVariables(place, settings).length === 0
      ? []
      : [`environment: { name: ${scopeOf(place)}, action: access }`]
  return [
    `environment: { name: ${environment} }`,
    ...(exclusive === undefined
      ? []
      : [
          '# One at a time; a rollback waits its turn too.',
          `resource_group: ${exclusive.replace('{application}', '$INPUT_APPLICATION')}`,
        ]),
  ]
}

/** Environment whose variables a job gets. */
export function scopeOf({ job, flow, stage }: Place): string {
  if (job.environment !== undefined) return job.environment
  if (flow.name === 'pull-request') return 'waybill-merge-request'
  return stage === 'check' ? 'waybill-source' : `waybill-${flow.name}`
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
    job.history === 'all' ? 'GIT_DEPTH: 0 # secrets are looked for in every commit' : 'GIT_DEPTH: 1',
    ...renamedSecrets(secretVariables(place, settings), settings).map(
      ([name, there]) => `${name}: $${there}`,
    ),
    ...loginsOf(job).clouds.flatMap(({ variables }) =>
      Object.entries(variables).map(([name, value]) => `${name}: ${scalar(value)}`),
    ),
    ...(isAwaited ? ['WAYBILL_OUTPUTS: $CI_PROJECT_DIR.waybill/waybill.env'] : []),
  ]
}
