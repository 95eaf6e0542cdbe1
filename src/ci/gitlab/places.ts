import type { Flow, Job } from '../flow.ts'
import { rulesName } from './triggers.ts'

/** A job in the one file that holds all flows. */
export interface Place {
  readonly job: Job
  readonly flow: Flow
  readonly stage: string
  /** Names of the hidden jobs whose rules let it run by itself. */
  readonly runs: readonly string[]
  /** It is offered in the pipeline of a build, for a person to start. */
  readonly isOffered: boolean
  /** Jobs that it waits for; `isSure`: in every pipeline that has this one. */
  readonly needs: readonly { readonly job: string; readonly isSure: boolean }[]
}

/** GitLab has one pipeline for a commit: checks that two flows share are one job, and promotions follow each other. */
export function placesOf(flows: readonly Flow[]): readonly Place[] {
  const builds = flows.find(({ name }) => name === 'build')?.jobs ?? []
  return flows.flatMap((flow) => flow.jobs.flatMap((job) => placed(flow, job, flows, builds)))
}

function placed(flow: Flow, job: Job, flows: readonly Flow[], builds: readonly Job[]): readonly Place[] {
  const needs = job.after.map((id) => ({ job: id, isSure: true }))
  const own = { job, flow, stage: stageOf(flow, job), runs: [rulesName(flow.id)], isOffered: false, needs }
  if (flow.name === 'promote') return [promotion(own, flows)]
  if (flow.name === 'build')
    return job.registries.length > 0 ? [own] : [{ ...own, runs: [rulesName('pull-request'), ...own.runs] }]
  if (flow.name !== 'pull-request') return [own]
  const isShared = job.registries.length === 0 && builds.some(({ id }) => id === job.id)
  if (isShared) return []
  return [
    {
      ...own,
      job: { ...job, id: job.id.replace(/^build-/, 'preview-'), title: job.title.replace('Build', 'Preview of') },
      runs: [rulesName(job.registries.length > 0 ? 'pull-request-from-here' : flow.id)],
    },
  ]
}

function promotion(own: Place, flows: readonly Flow[]): Place {
  const upstream = own.job.follows ?? []
  const follows = own.flow.triggers.flatMap((trigger) => (trigger.on === 'flow' ? [trigger.flow] : []))
  const behind = follows.flatMap((id) => startedBy(id, flows))
  return {
    ...own,
    runs: [...new Set([...own.runs, ...behind.map(rulesName)])],
    isOffered: !behind.includes('build') && upstream.length > 0,
    needs: upstream.map((job) => ({ job, isSure: false })),
  }
}

/** The flows in whose pipeline this one's jobs run by themselves. */
function startedBy(id: string, flows: readonly Flow[]): readonly string[] {
  const further = flows.find((flow) => flow.id === id)?.triggers ?? []
  return [id, ...further.flatMap((trigger) => (trigger.on === 'flow' ? startedBy(trigger.flow, flows) : []))]
}

function stageOf(flow: Flow, { environment, registries }: Job): string {
  if (flow.name === 'rollback') return 'keep'
  if (environment !== undefined) return environment
  if (flow.name !== 'build' && flow.name !== 'pull-request') return 'keep'
  return registries.length > 0 ? 'build' : 'check'
}

/** All stages, in the order of the road. */
export function stagesOf(places: readonly Place[]): readonly string[] {
  const all = [...new Set(places.map(({ stage }) => stage))]
  const rank = (stage: string) => ({ check: 0, build: 1, keep: 3 })[stage] ?? 2
  return all.toSorted((a, b) => rank(a) - rank(b))
}
