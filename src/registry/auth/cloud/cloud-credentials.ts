import { fail, isFailure, Lasting } from '../../../base/index.ts'
import { cloudErrors } from '../../../cloud/index.ts'
import { registryErrors } from '../../errors.ts'
import { wholeAnswers } from '../../http/whole-answers.ts'
import type { Credential, CredentialSource } from '../credentials.ts'
import type { CloudLogin, Login } from './cloud-login.ts'
import { githubLogin } from './github.ts'
import { gitlabLogin } from './gitlab.ts'

/** Whose login it is: decided by the whole name of the host, before anything of that cloud is loaded or read. */
const CLOUDS: readonly (readonly [RegExp, () => Promise<CloudLogin>])[] = [
  [
    /^[a-z0-9][a-z0-9-]{3,61}[a-z0-9]\.azurecr\.(?:io|cn|us)$/,
    async () => (await import('./azure.ts')).azureLogin,
  ],
  [
    /^\d{12}\.dkr\.ecr(?:-fips)?\.(?:cn-[a-z]+-\d\.amazonaws\.com\.cn|(?!cn-)[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com)$/,
    async () => (await import('./ecr.ts')).ecrLogin,
  ],
  [/^public\.ecr\.aws$/, async () => (await import('./ecr.ts')).ecrPublicLogin],
  [/^[a-z0-9-]{1,40}-docker\.pkg\.dev$/, async () => (await import('./google.ts')).googleLogin],
  [/^(?:[a-z0-9-]{1,40}\.)?gcr\.io$/, async () => (await import('./google.ts')).googleLogin],
  [/^ghcr\.io$/, () => Promise.resolve(githubLogin)],
]

/**
 * Logins that follow from where Waybill runs: workload identities and CI jobs. Only for hosts that belong to that
 * cloud, and only from this environment; nothing is asked of metadata servers. Kept while they last.
 */
export function cloudCredentials(env: NodeJS.ProcessEnv): CredentialSource {
  const kept = new Lasting<Credential>()
  return {
    async credentialFor({ registry }, how) {
      const load = CLOUDS.find(([host]) => host.test(registry))?.[1]
      if (!load) return gitlabLogin(registry, env)
      if (!how) return undefined
      return kept.get(registry, how.renew ?? false, async () => {
        const login = await load()
        const { credential, seconds } = await asRegistry(login(registry, env, wholeAnswers(how.send)))
        return { value: credential, lasts: seconds * 1000 }
      })
    },
  }
}

/** A login that failed, as the registry's own failure: whoever asks for an image knows nothing of clouds. */
async function asRegistry(login: Promise<Login>): Promise<Login> {
  try {
    return await login
  } catch (cause) {
    if (!isFailure(cause, cloudErrors.CLOUD_LOGIN_FAILED, cloudErrors.CLOUD_BUSY)) throw cause
    const { message, where = '' } = cause
    if (cause.retryable) throw fail(registryErrors.REGISTRY_FAILED, { message, where, cause })
    throw fail(registryErrors.CREDENTIALS_FAILED, {
      message,
      where,
      next: 'Repair the identity that this environment names, or log in to the registry (docker login, podman login): that comes first.',
      cause,
    })
  }
}
