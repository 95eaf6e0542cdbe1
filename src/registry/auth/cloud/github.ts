import type { CloudLogin } from './cloud-login.ts'
import { noLogin } from './cloud-login.ts'

/** GitHub Actions: the job's own token, when the workflow hands it over as GITHUB_TOKEN. */
export const githubLogin: CloudLogin = (_registry, env) => {
  const { GITHUB_ACTIONS, GITHUB_ACTOR: username, GITHUB_TOKEN: password } = env
  if (GITHUB_ACTIONS !== 'true' || !username || !password) return Promise.resolve(noLogin)
  return Promise.resolve({ credential: { kind: 'basic', username, password }, seconds: 3600 })
}
