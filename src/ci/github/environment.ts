import type { Flow, Job } from '../flow.ts'

export interface JobEnvironment {
  readonly name: string
  /** GitHub lists a deployment; without, the environment only keeps secrets and says who may have them. */
  readonly deploys: boolean
}

/**
 * The environment that holds what a job may use. Jobs of pull requests have none: their author can change the file that
 * asks for the secrets, so they get what the repository gives to everybody who may push to it.
 */
export function environmentOf(job: Job, { name, id }: Pick<Flow, 'name' | 'id'>): JobEnvironment | undefined {
  if (job.environment) return { name: job.environment, deploys: true }
  if (name === 'pull-request' || !isTrusted(job)) return undefined
  return { name: `waybill-${id}`, deploys: false }
}

/** It signs, or logs in somewhere. */
function isTrusted({ secrets, registries }: Job): boolean {
  return secrets.length > 0 || registries.some(({ login }) => typeof login === 'object')
}
