import type { CiSettings } from '../../config/index.ts'
import type { Step, Word } from '../flow.ts'
import { dockerConfig, googleConfig, loginsOf } from '../logins.ts'
import type { Logins } from '../logins.ts'
import { shellLine } from '../shell.ts'
import type { Place } from './places.ts'
import { comment, scalar } from './yaml.ts'

/** `{image}` is what a person filled in; `{build-app.digest}` came with the dotenv report of a job that it needs. */
export function variableOf(placeholder: string): string {
  const output = placeholder.split('.')[1]
  return output === undefined ? `INPUT_${placeholder.toUpperCase()}` : `WAYBILL_${output.toUpperCase()}`
}

export function scriptOf(place: Place): readonly string[] {
  return place.job.steps.flatMap((step) => (step.do === 'waybill' ? command(step, place) : []))
}

function command(step: Extract<Step, { do: 'waybill' }>, place: Place): readonly string[] {
  const { words, why } = step
  const isPromotion = place.flow.name === 'promote'
  const line = shellLine(['waybill', ...words.flatMap((word, at) => adapted(word, words[at - 1], place))], variableOf)
  return [
    ...(isPromotion && place.needs.length > 0
      ? [
          '# In the pipeline of a build: the digest that went before it, not what else is there by now.',
          '- INPUT_IMAGE="${INPUT_IMAGE:-$WAYBILL_DIGEST}"',
        ]
      : []),
    ...(why === undefined ? [] : comment(why)),
    `- ${scalar(line)}`,
  ]
}

/** Words that hold in some pipelines only hang on a variable that the rules of those set. */
function adapted(word: Word, before: Word | undefined, { runs, flow }: Place): readonly Word[] {
  if (flow.name === 'promote' && word === '--ref') return []
  if (flow.name === 'promote' && before === '--ref') return [{ given: '.ref', words: ['--ref', String(word)] }]
  if (!runs.includes('.on-pull-request')) return [word]
  if (word === '--evidence') return []
  return before === '--evidence' ? [{ given: '.sign', words: ['--evidence', String(word)] }] : [word]
}

/** What must stand in the environment before Waybill is called: the CI system's tokens as files, passwords as Docker keeps them. */
export function loginScript(logins: Logins): readonly string[] {
  const { passwords, clouds } = logins
  if (passwords.length === 0 && clouds.length === 0) return []
  return [
    'umask 077',
    'export DOCKER_CONFIG=$(mktemp -d)',
    ...dockerConfig(passwords),
    ...clouds.flatMap(({ name, tokenFile }) => [
      `export ${tokenFile}="$DOCKER_CONFIG/${name}.jwt"`,
      `printf %s "$${tokenVariable(name)}" > "$${tokenFile}"`,
    ]),
    ...(clouds.some(({ name }) => name === 'google')
      ? [googleConfig('$DOCKER_CONFIG'), 'export GOOGLE_APPLICATION_CREDENTIALS="$DOCKER_CONFIG/google.json"']
      : []),
  ]
}

export function tokenVariable(cloud: string): string {
  return `${cloud.toUpperCase()}_ID_TOKEN`
}

/** Variables of a job by their names here; those of the same name in GitLab come by themselves. */
export function renamedSecrets(secrets: readonly string[], { secrets: names }: CiSettings) {
  return secrets.flatMap((name) => {
    const there = names[name]
    return there === undefined || there === name ? [] : [[name, there] as const]
  })
}

export function secretVariables({ job }: Place): readonly string[] {
  return [...job.secrets, ...loginsOf(job).passwords.flatMap(({ user, password }) => [user, password])]
}
