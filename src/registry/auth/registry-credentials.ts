import { cloudCredentials } from './cloud/cloud-credentials.ts'
import type { CredentialSource } from './credentials.ts'
import { dockerCredentials } from './docker-config.ts'

/** Where credentials come from in this environment: what a person logged in with, before what the place offers. */
export function registryCredentials(env: NodeJS.ProcessEnv): CredentialSource {
  const sources = [dockerCredentials(env), cloudCredentials(env)]
  return {
    async credentialFor(repository, how) {
      for (const source of sources) {
        const found = await source.credentialFor(repository, how)
        if (found) return found
      }
      return undefined
    },
  }
}
