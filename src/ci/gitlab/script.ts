import type { CiSettings } from '../../config/index.ts'
import type { Job, Step, Word } from '../flow.ts'
import { gitTokenVariables } from '../git-token.ts'
import { dockerConfig, googleConfig, loginsOf } from '../logins.ts'
import { handedTo, quoted, waybillLines } from '../shell.ts'
import type { Handed } from '../shell.ts'
import { block, comment, indented, scalar } from '../text.ts'
import { isOnlyChoice } from './inputs.ts'
import type { Place } from './places.ts'

export function scriptOf(place: Place, settings: CiSettings): readonly string[] {
  return [
    ...(logInName(place.job) ? [`- !reference [${logInName(place.job)}, script]`] : []),
    ...gitToken(place, settings),
    ...place.job.steps.flatMap((step) => (step.do === 'waybill' ? command(step, place) : [])),
  ]
}

function command(step: Extract<Step, { do: 'waybill' }>, place: Place): readonly string[] {
  const words = step.words.flatMap((word, at) => adapted(word, step.words[at - 1], place))
  const lines = waybillLines(words, { temp: 'WAYBILL_TEMP' }, step.into)
  return [
    ...handedTo(words).flatMap(({ name, variable }) => handed(name, variable, place)),
    ...(step.why === undefined ? [] : comment(step.why)),
    ...(lines.length === 1 ? [`- ${scalar(lines[0] ?? '')}`] : ['- |', ...indented(lines)]),
  ]
}

/** Inputs are variables of the job already; digests come by the dotenv report of a job that is needed. */
function handed(name: string, variable: string, { flow, needs }: Place): readonly string[] {
  const output = name.split('.')[1]
  if (output !== undefined) return [`- ${variable}=$WAYBILL_${output.toUpperCase()}`]
  if (name === 'ref') return [`- ${variable}=$WAYBILL_REF`]
  if (name === 'pull-request') return [`- ${variable}=$CI_MERGE_REQUEST_IID`]
  if (name === 'image' && flow.name === 'promote' && needs.length > 0)
    return [
      '# In the pipeline of a build: the digest that went before, not what else is there by now.',
      `- ${variable}=\${${variable}:-$WAYBILL_DIGEST}`,
    ]
  return []
}

/** What a person or a schedule was asked, of what this job's commands take. */
export function askedOf({ job, flow }: Place): readonly Handed[] {
  const words = job.steps.flatMap((step) =>
    step.do === 'waybill' ? step.words.flatMap((word) => withoutChoice(word, flow)) : [],
  )
  return handedTo(words).filter(({ name }) => flow.inputs.some((input) => input.name === name))
}

/** Where there is one application nobody is asked which. */
function withoutChoice(word: Word, { inputs }: Place['flow']): Word {
  const input = inputs.find(({ name }) => word === `{${name}}`)
  return input && isOnlyChoice(input) ? (input.choices?.[0] ?? '') : word
}

/** The branch or tag counts only where the rules say that it started the job. */
function adapted(word: Word, before: Word | undefined, { flow, job }: Place): readonly Word[] {
  if (typeof word !== 'string') return [adaptedChoice(word, job)].flat()
  if (flow.name !== 'promote') return [withoutChoice(word, flow)]
  if (word === '--ref') return []
  return before === '--ref' ? [{ given: 'ref', words: ['--ref', word] }] : [word]
}

/** GitLab starts a job when a merge request is closed: the one that stops its preview. Nobody else has a number. */
function adaptedChoice(word: Exclude<Word, string>, { id }: Place['job']): Word | readonly Word[] {
  if (word.given !== 'pull-request') return word.otherwise ?? word
  return id.startsWith('mr-') ? word.words : (word.otherwise ?? [])
}

/** Name of the hidden job that logs in to what a job needs; undefined when there is nothing to do. */
function logInName(job: Pick<Job, 'registries'>): string | undefined {
  const hosts = job.registries.flatMap(({ host, login }) =>
    login === undefined || login === 'job' ? [] : [host.replace(':', '-')],
  )
  return hosts.length === 0 ? undefined : `.log-in-${hosts.toSorted().join('-')}`
}

/** Hidden jobs that log in: GitLab's tokens as files, passwords as Docker keeps them, for one job alone. */
export function logInJobs(places: readonly Place[]): readonly string[] {
  const all = new Map(places.map(({ job }) => [logInName(job), job] as const))
  return [...all].flatMap(([name, job]) =>
    name === undefined ? [] : [...block(name, block('script', logIn(job))), ''],
  )
}

function logIn(job: Job): readonly string[] {
  const { passwords, clouds } = loginsOf(job)
  const lines = [
    ...(passwords.length > 0 ? ['export DOCKER_CONFIG=$WAYBILL_TEMP/log-in'] : []),
    ...dockerConfig(passwords),
    ...clouds.flatMap(({ name, tokenFile }) => [
      `export ${tokenFile}=$WAYBILL_TEMP/log-in/${name}`,
      `printf %s "$${tokenVariable(name)}" > "$${tokenFile}"`,
    ]),
    ...(clouds.some(({ name }) => name === 'google') ? googleConfig('$WAYBILL_TEMP/log-in') : []),
  ]
  return lines.map((line) => `- ${scalar(line)}`)
}

export function tokenVariable(cloud: string): string {
  return `${cloud.toUpperCase()}_ID_TOKEN`
}

/** Only to the hosts that are delivered to; never on a command line. */
function gitToken({ job }: Place, { git }: CiSettings): readonly string[] {
  if (!git || job.gitHosts.length === 0) return []
  return gitTokenVariables(job.gitHosts, git.token).map(
    ([name, value]) => `- ${scalar(`export ${name}=${quoted(value)}`)}`,
  )
}

/** Secrets that a job gets, by their names in the job. */
export function secretVariables({ job }: Place, { git }: CiSettings): readonly string[] {
  const passwords = loginsOf(job).passwords.flatMap(({ user, password }) => [user, password])
  return [...job.secrets, ...passwords, ...(git && job.gitHosts.length > 0 ? [git.token] : [])]
}

/** Those that have another name in GitLab. */
export function renamedSecrets(secrets: readonly string[], { secrets: names }: CiSettings) {
  return secrets.flatMap((name) => {
    const there = names[name]
    return there === undefined || there === name ? [] : [[name, there] as const]
  })
}
