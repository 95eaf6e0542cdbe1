import { fail, printableLine } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'

/** What a scanner left behind about the analysis it handed in. */
export interface ReportTask {
  readonly projectKey: string
  readonly taskId: string
  readonly serverVersion: string | undefined
}

const MAX_BYTES = 64 * 1024

/**
 * Reads `report-task.txt`, lines of `key=value`. Its addresses are not used: a file that the build wrote does not
 * decide where a token is sent.
 * @throws SONAR_INVALID
 */
export function readReportTask(bytes: Uint8Array, where: string): ReportTask {
  if (bytes.length > MAX_BYTES)
    throw unusable(`Found ${bytes.length} bytes, the limit is ${MAX_BYTES}`, where)
  const lines = Buffer.from(bytes).toString('utf8').split(/\r?\n/)
  const entries = lines.flatMap((line) => {
    const at = line.indexOf('=')
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const] : []
  })
  const values = new Map(entries)
  if (values.size < entries.length) throw unusable('Found a key twice', where)
  const projectKey = values.get('projectKey') ?? ''
  const taskId = values.get('ceTaskId') ?? ''
  // https://docs.sonarsource.com: letters, digits, dash, underscore, period, colon, not digits only.
  if (!/^[\w.:-]{1,400}$/.test(projectKey))
    throw unusable(`Found the projectKey "${printableLine(projectKey, 60)}"`, where)
  if (!/^[\w-]{1,100}$/.test(taskId))
    throw unusable(`Found the ceTaskId "${printableLine(taskId, 60)}"`, where)
  return { projectKey, taskId, serverVersion: values.get('serverVersion') || undefined }
}

function unusable(found: string, where: string) {
  return fail(toolsErrors.SONAR_INVALID, {
    message: `${found}; expected the report-task.txt of a SonarQube scanner with projectKey and ceTaskId.`,
    where,
  })
}
