import type { Flow, Job } from '../flow.ts'
import { loginsOf } from '../logins.ts'

/** A stage with the jobs that run in it side by side. */
export interface Level {
  readonly jobs: readonly StageJob[]
}

export interface StageJob {
  readonly job: Job
  /** Only for pull requests of this kind. */
  readonly who?: 'own' | 'fork'
}

/** What needs nothing first, then what needs that. Comments are left to plugins that know the code host. */
export function levelsOf(flow: Flow): readonly Level[] {
  const jobs = flow.jobs.filter(({ comments }) => !comments)
  const depth = (job: Job): number =>
    1 + Math.max(-1, ...jobs.filter(({ id }) => job.after.includes(id)).map(depth))
  const deepest = Math.max(...jobs.map(depth))
  return Array.from({ length: deepest + 1 }, (_, level) => ({
    jobs: jobs.filter((job) => depth(job) === level).flatMap((job) => forPullRequest(flow, job)),
  })).filter(({ jobs: here }) => here.length > 0)
}

/** Jenkins hands credentials to any branch that asks: what comes from a fork has stages without a word about them. */
function forPullRequest({ name }: Flow, job: Job): readonly StageJob[] {
  if (name !== 'pull-request') return [{ job }]
  // Names of stages are one to a pipeline.
  const own = { ...job, title: `${job.title} (pull request)` }
  if (!needsCredentials(job)) return [{ job: own }]
  const stepsFor = (who: 'own' | 'fork') =>
    job.steps.filter((step) => step.do !== 'waybill' || (step.when ?? who) === who)
  return [
    { job: { ...own, steps: stepsFor('own') }, who: 'own' },
    {
      job: {
        ...job,
        title: `${job.title} (fork)`,
        registries: [],
        secrets: [],
        identity: false,
        keyServices: [],
        steps: stepsFor('fork'),
      },
      who: 'fork',
    },
  ]
}

function needsCredentials(job: Job): boolean {
  const { passwords, clouds } = loginsOf(job)
  return job.secrets.length + passwords.length + clouds.length > 0 || job.steps.some(isSplit)
}

function isSplit(step: Job['steps'][number]): boolean {
  return step.do === 'waybill' && step.when !== undefined
}
