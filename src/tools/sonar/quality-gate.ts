import * as z from 'zod'
import { fail, pause } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import { RawReport } from '../report-reader.ts'
import type { ReportClaim } from '../report-reader.ts'
import { failed, instant, invalid, shapeOf } from '../report-shape.ts'
import type { AskServer } from './ask-server.ts'
import { sonarClaim } from './quality-claim.ts'
import type { ReportTask } from './report-task.ts'

const answer = z.object({
  task: z.object({
    id: z.string(),
    status: z.string(),
    componentKey: z.string().optional(),
    analysisId: z.string().optional(),
    branch: z.string().optional(),
    pullRequest: z.string().optional(),
    startedAt: z.string().optional(),
    executedAt: z.string().optional(),
    errorMessage: z.string().optional(),
  }),
})

type Task = z.infer<typeof answer>['task']

/** How long a running analysis is waited for, and how often it is asked about; milliseconds. */
export interface Waiting {
  readonly longest: number
  readonly between: number
  readonly signal: AbortSignal
}

/**
 * Waits until the server has worked an analysis off, then asks for the quality gate of that very analysis; by project
 * key somebody else's would answer.
 * @throws REPORT_FAILED when the task failed or was cancelled, SONAR_PENDING when it takes too long, and what
 * `AskServer` throws
 */
export async function qualityGate(
  { projectKey, taskId, serverVersion }: ReportTask,
  ask: AskServer,
  waiting: Waiting,
): Promise<ReportClaim> {
  const task = await finished(taskId, ask, waiting)
  const where = { where: `ce task ${taskId}` }
  if (task.componentKey !== projectKey)
    throw invalid(
      `The task is about the project ${JSON.stringify(task.componentKey ?? '')}`,
      where,
      projectKey,
    )
  if (task.analysisId === undefined || !/^[\w-]{1,100}$/.test(task.analysisId))
    throw invalid('The finished task names no analysis', where, 'an analysisId')
  const { analysisId, branch, pullRequest } = task
  const bytes = await ask('api/qualitygates/project_status', { analysisId })
  const report = new RawReport(bytes, `quality gate of ${projectKey}`)
  return sonarClaim(
    report,
    { suite: projectKey },
    {
      branch,
      pullRequest,
      analysisId,
      serverVersion,
      startedOn: instant(task.startedAt),
      finishedOn: instant(task.executedAt),
    },
  )
}

async function finished(
  taskId: string,
  ask: AskServer,
  { longest, between, signal }: Waiting,
): Promise<Task> {
  for (let waited = 0; ; waited += between) {
    const report = new RawReport(await ask('api/ce/task', { id: taskId }), `ce task ${taskId}`)
    const { task } = shapeOf(report, answer, "SonarQube's account of a task")
    if (task.id !== taskId) throw invalid('The answer is about another task', report, taskId)
    if (task.status === 'SUCCESS') return task
    if (task.status !== 'PENDING' && task.status !== 'IN_PROGRESS')
      throw failed(`SonarQube ended the analysis as ${JSON.stringify(task.status.slice(0, 40))}.`, report)
    if (waited >= longest)
      throw fail(toolsErrors.SONAR_PENDING, {
        message: `The analysis is still ${task.status} after ${Math.round(waited / 1000)} seconds.`,
        where: report.where,
      })
    await pause(between, signal)
  }
}
