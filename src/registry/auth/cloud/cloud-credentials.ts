import type { CredentialSource } from '../credentials.ts'
import type { Credential } from '../credentials.ts'
import { Lasting } from '../lasting.ts'
import type { CloudLogin } from './cloud-login.ts'
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
        const { credential, seconds } = await (await load())(registry, env, how.send)
        return { value: credential, lasts: seconds * 1000 }
      })
    },
  }
}
