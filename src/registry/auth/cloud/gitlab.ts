import type { Credential } from '../credentials.ts'

/** GitLab CI: the job's own credentials, for the registry that GitLab names and no other. */
export function gitlabLogin(registry: string, env: NodeJS.ProcessEnv): Credential | undefined {
  const { GITLAB_CI, CI_REGISTRY, CI_REGISTRY_USER, CI_REGISTRY_PASSWORD, CI_JOB_TOKEN } = env
  if (GITLAB_CI !== 'true' || CI_REGISTRY?.toLowerCase() !== registry) return undefined
  if (CI_REGISTRY_USER && CI_REGISTRY_PASSWORD)
    return { kind: 'basic', username: CI_REGISTRY_USER, password: CI_REGISTRY_PASSWORD }
  return CI_JOB_TOKEN ? { kind: 'basic', username: 'gitlab-ci-token', password: CI_JOB_TOKEN } : undefined
}
