import type { CiSettings } from '../../config/index.ts'
import type { Job } from '../flow.ts'
import { gitTokenVariables } from '../git-token.ts'
import { dockerConfig, googleConfig, loginsOf } from '../logins.ts'
import { quoted } from '../shell.ts'
import { literal } from './groovy.ts'

export interface Credential {
  readonly kind: 'file' | 'string'
  /** In Jenkins. */
  readonly id: string
  /** In the job; of a file, it names the file. */
  readonly variable: string
}

/** Text of a key has several lines, which only a secret file keeps. */
export function credentialsOf(job: Job, { secrets, git }: CiSettings): readonly Credential[] {
  const { passwords, clouds } = loginsOf(job)
  const texts = [
    ...job.secrets,
    ...passwords.flatMap(({ user, password }) => [user, password]),
    ...(git && job.gitHosts.length > 0 ? [git.token] : []),
  ]
  return [
    ...texts.map((name): Credential => {
      const id = secrets[name] ?? name
      return isKey(name)
        ? { kind: 'file', id, variable: `${name}_FILE` }
        : { kind: 'string', id, variable: name }
    }),
    ...clouds.map(({ name, tokenFile }): Credential => ({
      kind: 'file',
      id: `waybill-${name}`,
      variable: tokenFile,
    })),
  ]
}

function isKey(name: string): boolean {
  return name.endsWith('_KEY')
}

export function binding({ kind, id, variable }: Credential): string {
  return `${kind}(credentialsId: ${literal(id)}, variable: ${literal(variable)})`
}

/** Lines of sh that make of credentials what Waybill, docker and git look for. */
export function preparation(job: Job, { git }: CiSettings): readonly string[] {
  const { passwords, clouds } = loginsOf(job)
  const variables = clouds.flatMap((cloud) => Object.entries(cloud.variables))
  return [
    ...job.secrets.filter(isKey).map((name) => `export ${name}="$(cat "$${name}_FILE")"`),
    ...(passwords.length > 0
      ? ['export DOCKER_CONFIG="$WAYBILL_TEMP/log-in"', ...dockerConfig(passwords)]
      : []),
    ...variables.map(([name, value]) => `export ${name}=${quoted(value)}`),
    ...(clouds.some(({ name }) => name === 'google') ? googleConfig('$WAYBILL_TEMP/log-in') : []),
    ...(git && job.gitHosts.length > 0
      ? gitTokenVariables(job.gitHosts, git.token).map(([name, value]) => `export ${name}=${quoted(value)}`)
      : []),
  ]
}
