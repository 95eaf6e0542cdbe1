import type { Flow, Job } from './flow.ts'

/**
 * Where a CI system keeps what a job may use: the environment that it deploys to, else a place named for its flow, so
 * that a pull request cannot reach what a build may. undefined: the job signs nothing and logs in nowhere.
 */
export function scopeOf(job: Job, { id }: Pick<Flow, 'id'>): string | undefined {
  const needs =
    job.secrets.length > 0 ||
    job.keyServices.length > 0 ||
    job.registries.some(({ login }) => typeof login === 'object')
  return job.environment ?? (needs ? `waybill-${id}` : undefined)
}
