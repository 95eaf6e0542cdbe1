import type { CiSettings } from '../../config/index.ts'
import type { Job } from '../flow.ts'
import { loginsOf } from '../logins.ts'
import { block, comment, flowList, scalar } from '../text.ts'
import { artifactsOf } from './artifacts.ts'
import { stopName } from './places.ts'
import type { Place } from './places.ts'
import { ALL, inputText, isOnlyChoice } from './inputs.ts'
import { askedOf, renamedSecrets, scriptOf, secretVariables, tokenVariable } from './script.ts'

export interface Around {
  readonly settings: CiSettings
  /** A later job takes its digest. */
  readonly isAwaited: boolean
}

export function jobText(place: Place, around: Around): readonly string[] {
  const { job } = place
  return block(job.id, [
    ...comment(`${job.title}.`),
    'extends: .waybill',
    `stage: ${place.stage}`,
    ...needsOf(place),
    ...block('rules', rulesOf(place)),
    ...environmentOf(place, around.settings),
    ...(place.flow.cancelOlder && !place.preview?.isStop ? ['interruptible: true'] : []),
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

function rulesOf({ runs, isOffered, job, flow }: Place): readonly string[] {
  const { onlyWhen } = job
  const input = flow.inputs.find(({ name }) => name === onlyWhen?.input)
  const asked = onlyWhen && `"${inputText(onlyWhen.input)}"`
  const orAll = flow.name === 'promote' ? ` && ${asked} != "${ALL}"` : ''
  return [
    ...(onlyWhen && input && !isOnlyChoice(input)
      ? [`- if: '${asked} != "${onlyWhen.is}"${orAll}'`, '  when: never']
      : []),
    ...runs.map((hidden) => `- !reference [${hidden}, rules]`),
    ...(isOffered ? ['- !reference [.offered-after-build, rules]'] : []),
  ]
}

/**
 * Variables of a GitLab project can be kept for one environment. Jobs that belong to none of the road's name one all
 * the same, which starts no deployment, so that no job sees another's keys.
 */
function environmentOf(place: Place, settings: CiSettings): readonly string[] {
  if (place.preview) return previewLines(place.preview)
  const { environment, exclusive } = place.job
  const choices = place.flow.inputs.find(({ name }) => name === 'application')?.choices ?? []
  const application = choices.length === 1 ? (choices[0] ?? '') : inputText('application')
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
          `resource_group: ${exclusive.replace('{application}', application)}`,
        ]),
  ]
}

/** An environment for each preview: it ends with the merge request, or when it is forgotten. */
function previewLines({ application, isStop }: NonNullable<Place['preview']>): readonly string[] {
  return block('environment', [
    `name: ${PREVIEWS}/${application}-$CI_MERGE_REQUEST_IID`,
    ...(isStop ? ['action: stop'] : [`on_stop: ${stopName(application)}`, 'auto_stop_in: 2 weeks']),
  ])
}

const PREVIEWS = 'waybill-merge-request'

/** Environment whose variables a job gets. */
export function scopeOf({ job, flow, stage }: Place): string {
  if (job.environment !== undefined) return job.environment
  if (flow.name === 'pull-request') return `${PREVIEWS}/*`
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
    ...askedOf(place).map(
      ({ name, variable }) => `${variable}: { value: '${inputText(name)}', expand: false }`,
    ),
  ]
}
