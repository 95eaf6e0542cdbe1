import type { Flow, Job } from '../flow.ts'
import { jobName } from './places.ts'

export interface Stage {
  readonly id: string
  readonly title: string
  /** Ids of stages. */
  readonly after: readonly string[]
  readonly jobs: readonly Job[]
}

/** One where all jobs deploy or none does; else what builds one application, and each deployment, by itself. */
export function stagesOf(flow: Flow): readonly Stage[] {
  const isMixed =
    flow.jobs.some(({ environment }) => environment) && !flow.jobs.every(({ environment }) => environment)
  const groups = isMixed ? groupsOf(flow.jobs) : [flow.jobs]
  return groups.map((jobs) => {
    const last = jobs.at(-1)
    const outside = jobs.flatMap(({ after }) => after).filter((id) => !jobs.some((job) => job.id === id))
    const sources = groups.filter((group) => group.some(({ id }) => outside.includes(id)))
    return {
      id: jobName(last?.id ?? ''),
      title: last?.title ?? '',
      after: sources.map((group) => jobName(group.at(-1)?.id ?? '')),
      jobs,
    }
  })
}

/** Jobs that wait for each other are together, a deployment is alone. */
function groupsOf(jobs: readonly Job[]): readonly (readonly Job[])[] {
  const groups: Job[][] = []
  for (const job of jobs) {
    if (job.environment) groups.push([job])
    else {
      const mine = groups.filter((group) =>
        group.some(({ id, environment }) => !environment && job.after.includes(id)),
      )
      for (const group of mine) groups.splice(groups.indexOf(group), 1)
      groups.push([...mine.flat(), job])
    }
  }
  return groups
}

export function stageOf(id: string, flow: Flow): Stage | undefined {
  return stagesOf(flow).find(({ jobs }) => jobs.some((job) => job.id === id))
}

export function isSameStage(id: string, job: Job, flow: Flow): boolean {
  return stageOf(id, flow)?.jobs.some((one) => one.id === job.id) ?? false
}
