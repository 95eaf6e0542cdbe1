import { defaultRetry, fail, parseDuration } from '../../base/index.ts'
import {
  ownReports,
  qualityGate,
  readReportTask,
  seenReports,
  serverAt,
  toolsErrors,
} from '../../tools/index.ts'
import type { CheckParts } from './check-parts.ts'
import { withFacts } from './claim-facts.ts'
import { judge } from './judge.ts'
import type { Checked } from './checked.ts'
import { ANY, endedBadly, runProgram } from './run-suite.ts'
import type { SuiteWork } from './run-suite.ts'
import type { Tests } from './schema.ts'

const BETWEEN = 2_000
const PATIENCE = 30_000

type Sonar = NonNullable<Tests['sonar']>

/** The variable that the token is in. */
export function tokenVariable({ token }: Sonar): string {
  return token.slice('env://'.length)
}

/**
 * Runs SonarQube's scanner when there is one to run, waits for the server, and takes the quality gate of that analysis.
 * @throws TOOL_FAILED, SONAR_*, REPORT_*
 */
export async function askSonar(
  sonar: Sonar,
  work: Pick<SuiteWork, 'application' | 'env' | 'onOutput'>,
  parts: CheckParts,
): Promise<Checked> {
  const { url, task, run, timeout } = sonar
  const name = tokenVariable(sonar)
  const token = parts.env[name]
  const before = run && (await seenReports([task], parts.directory))
  if (run) {
    const env = { ...work.env, ...(token !== undefined && { [name]: token }) }
    const ended = await runProgram(run, timeout, { ...work, env }, parts)
    if (ended.code !== 0) throw endedBadly(ended, 'The scanner did not hand its analysis in.')
  }
  const [report, ...others] = await ownReports([task], parts.directory, before)
  if (!report || others.length > 0)
    throw fail(toolsErrors.TOOL_FAILED, {
      message: `Found ${others.length + 1} files, expected one.`,
      where: task,
    })
  const { signal } = parts
  const ask = serverAt({ url, token, signal, retry: defaultRetry, patience: PATIENCE })
  const waiting = { longest: parseDuration(timeout) ?? 0, between: BETWEEN, signal }
  const claim = withFacts(await qualityGate(readReportTask(report.bytes, task), ask, waiting), {})
  const about = {
    check: 'sonarqube',
    ...(work.application !== undefined && { application: work.application }),
  }
  return { result: { ...about, ...judge([claim], ANY), reason: claim.summary }, claims: [claim] }
}
