import { azure } from './azure.ts'
import { plainLog } from './ci-system.ts'
import type { CiSystem } from './ci-system.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'

/** The CI system this process runs in, by the variable each documents. `WAYBILL_CI=off`: a plain log. */
export function ciSystemOf(env: NodeJS.ProcessEnv, cwd: string): CiSystem {
  if (env.WAYBILL_CI === 'off') return plainLog
  if (env.GITHUB_ACTIONS === 'true') return github(env, cwd)
  if (env.TF_BUILD?.toLowerCase() === 'true') return azure(env, cwd)
  if (env.GITLAB_CI === 'true') return gitlab
  return plainLog
}
