import type { Flow, Job } from '../flow.ts'
import { scopeOf } from '../scope.ts'

export interface JobEnvironment {
  readonly name: string
  /** GitHub lists a deployment; without, the environment only keeps secrets and says who may have them. */
  readonly deploys: boolean
}

/**
 * The environment that holds what a job may use. Jobs of pull requests have none: their author can change the file that
 * asks for the secrets, so they get what the repository gives to everybody who may push to it.
 */
export function environmentOf(job: Job, flow: Pick<Flow, 'name' | 'id'>): JobEnvironment | undefined {
  const name = scopeOf(job, flow)
  if (name === undefined || flow.name === 'pull-request') return undefined
  return { name, deploys: job.environment !== undefined }
}
