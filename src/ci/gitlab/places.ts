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
  /** It makes a preview, or takes it away, in an environment that GitLab stops with the merge request. */
  readonly preview?: { readonly application: string; readonly isStop: boolean }
  /** Jobs that it waits for; `isSure`: in every pipeline that has this one. */
  readonly needs: readonly { readonly job: string; readonly isSure: boolean }[]
}

/** GitLab has one pipeline for a commit: each job says when it is part of it, and promotions follow each other. */
export function placesOf(flows: readonly Flow[]): readonly Place[] {
  return flows.flatMap((flow) => flow.jobs.flatMap((job) => placed(flow, job, flows)))
}

function placed(flow: Flow, job: Job, flows: readonly Flow[]): readonly Place[] {
  // No token of a job may write on a merge request; the preview's files are shown there instead.
  if (job.comments) return []
  const needs = job.after.map((id) => ({ job: id, isSure: true }))
  const own = { job, flow, stage: stageOf(flow, job), runs: [rulesName(flow.id)], isOffered: false, needs }
  if (flow.name === 'promote') return [promotion(own, flows)]
  return flow.name === 'pull-request' ? inMergeRequest(own, flows) : [own]
}

/** Names of jobs are one to a project. A build differs for forks: another job, without any right. */
function inMergeRequest(own: Place, flows: readonly Flow[]): readonly Place[] {
  const { job } = own
  const needs = own.needs.map((need) => ({ ...need, job: `mr-${need.job}` }))
  const named = { ...own, needs, job: { ...job, id: `mr-${job.id}` } }
  if (!job.steps.some((step) => step.do === 'waybill' && step.when)) return [named]
  const stepsFor = (who: 'own' | 'fork') =>
    job.steps.filter((step) => step.do !== 'waybill' || (step.when ?? who) === who)
  return [
    {
      ...named,
      job: { ...named.job, title: job.title.replace('Build', 'Build a preview of'), steps: stepsFor('own') },
      runs: [rulesName('pull-request-from-here')],
      preview: { application: applicationOf(job), isStop: false },
    },
    ...stopOf(own, flows),
    {
      ...named,
      job: {
        ...job,
        id: `mr-fork-${job.id}`,
        title: job.title.replace('Build', 'Try the build of'),
        registries: [],
        secrets: [],
        identity: false,
        steps: stepsFor('fork'),
      },
      runs: [rulesName('pull-request-from-fork')],
    },
  ]
}

/** What takes a preview away. GitLab starts it when the merge request is merged or closed. */
function stopOf({ job, flow }: Place, flows: readonly Flow[]): readonly Place[] {
  const application = applicationOf(job)
  const cleanUp = flows.find(({ name }) => name === 'clean-up')?.jobs[0]
  const steps = cleanUp?.steps.filter((step) => step.do === 'waybill' && step.words.includes(application))
  if (!cleanUp || !steps) return []
  return [
    {
      job: {
        ...cleanUp,
        id: stopName(application),
        title: `Remove the preview of ${application}`,
        steps: steps.map((step) => (step.do === 'waybill' ? { ...step, why: STOPS } : step)),
      },
      flow,
      stage: 'build',
      runs: [rulesName('pull-request-closed')],
      isOffered: false,
      preview: { application, isStop: true },
      needs: [],
    },
  ]
}

const STOPS =
  'GitLab starts it when the merge request is merged or closed. Where its commit is gone by then, the night does it.'

export function stopName(application: string): string {
  return `mr-clean-up-${application}`
}

function applicationOf({ id }: Job): string {
  return id.slice(id.indexOf('-') + 1)
}

function promotion(own: Place, flows: readonly Flow[]): Place {
  const upstream = own.job.follows ?? []
  const behind = own.flow.triggers.flatMap((trigger) =>
    trigger.on === 'flow' ? startedBy(trigger.flow, flows) : [],
  )
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

function stageOf({ name }: Flow, { environment, builds }: Job): string {
  if (name === 'rollback' || name === 'rescan' || name === 'clean-up') return 'keep'
  if (environment !== undefined) return environment
  return builds ? 'build' : 'check'
}

/** All stages, in the order of the road. */
export function stagesOf(places: readonly Place[]): readonly string[] {
  const all = new Set(places.map(({ stage }) => stage))
  const environments = [...all].filter((stage) => !['check', 'build', 'keep'].includes(stage))
  return [...['check', 'build'].filter((stage) => all.has(stage)), ...environments, 'keep']
}
