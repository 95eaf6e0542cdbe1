import type { CredentialSource } from './credentials.ts'
import { dockerCredentials } from './docker-config.ts'

/**
 * Where credentials come from in this environment: what a person logged in with, before what the place offers.
 * @param programs what credential helpers, which are other people's programs, get of it
 */
export function registryCredentials(env: NodeJS.ProcessEnv, programs = env): CredentialSource {
  const docker = dockerCredentials(programs)
  let cloud: Promise<CredentialSource> | undefined
  return {
    async credentialFor(repository, how) {
      const found = await docker.credentialFor(repository, how)
      if (found) return found
      cloud ??= import('./cloud/cloud-credentials.ts').then(({ cloudCredentials }) => cloudCredentials(env))
      return (await cloud).credentialFor(repository, how)
    },
  }
}
