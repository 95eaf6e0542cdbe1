import { glob, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { baseErrors, defaultRetry, fail, limits } from '../base/index.ts'
import type { Parts, ReadClaim, ReadReports, ReportFiles, SonarReport } from '../promotion/index.ts'
import { qualityGate, RawReport, readReportTask, readTogether, serverAt } from '../tools/index.ts'
import { wiringErrors } from './errors.ts'
import { variableOf } from './variable.ts'
import type { WorkspaceOptions } from './workspace.ts'

const MAX_FILES = 10_000

/** Reads reports from files, or asks a SonarQube server. */
export function reportReader(options: WorkspaceOptions, parts: Parts): ReadReports {
  return (asked) =>
    asked.kind === 'sonar' ? readSonar(asked, options, parts) : readFiles(asked, options, parts)
}

async function readFiles(
  asked: ReportFiles,
  { cwd }: WorkspaceOptions,
  parts: Parts,
): Promise<readonly ReadClaim[]> {
  const { format, suite, toolVersion, databaseOn } = asked
  const hints = {
    ...(suite !== undefined && { suite }),
    ...(toolVersion !== undefined && { toolVersion }),
    ...(databaseOn !== undefined && { databaseOn }),
  }
  const reports: RawReport[] = []
  let bytes = 0
  for (const file of await namedFiles(asked.files, cwd)) {
    bytes += await sizeOf(file, cwd)
    if (bytes > limits.reportFileBytes) throw tooLarge(file)
    reports.push(new RawReport(await parts.readFile(file), file))
  }
  return readTogether(reports, hints, format)
}

/** Each file once, in the order given. @throws FILE_UNREADABLE for a pattern that nothing matches */
export async function namedFiles(given: readonly string[], cwd: string): Promise<readonly string[]> {
  const found = new Map<string, string>()
  for (const text of given) {
    const files = /[*?]/.test(text) ? (await Array.fromAsync(glob(text, { cwd }))).toSorted() : [text]
    if (files.length === 0)
      throw fail(wiringErrors.FILE_UNREADABLE, {
        message: `No file matches ${text}.`,
        where: resolve(cwd, text),
      })
    for (const file of files) found.set(resolve(cwd, file), file)
    if (found.size > MAX_FILES) throw tooLarge(text)
  }
  return [...found.values()]
}

/** A missing file is for the one who opens it to report. @throws FILE_UNREADABLE for a folder, pipe or device */
async function sizeOf(file: string, cwd: string): Promise<number> {
  const found = await stat(resolve(cwd, file)).catch(() => undefined)
  if (!found || found.isFile()) return found?.size ?? 0
  throw fail(wiringErrors.FILE_UNREADABLE, {
    message: `Found ${found.isDirectory() ? 'a folder' : 'a pipe or device'} ${file}, expected a file.`,
    where: resolve(cwd, file),
    next: 'Name files, or a quoted pattern such as "reports/*.xml".',
  })
}

function tooLarge(file: string) {
  return fail(baseErrors.LIMIT_EXCEEDED, {
    message: `The reports have more than ${limits.reportFileBytes} bytes or ${MAX_FILES} files together.`,
    where: file,
  })
}

/** The server has ten minutes to work an analysis off. */
const WAITING = { longest: 10 * 60_000, between: 2_000 }
const PATIENCE = 30_000
const DEFAULT_TOKEN = 'env://SONAR_TOKEN'

async function readSonar(
  { file, url, token }: SonarReport,
  { env, signal }: WorkspaceOptions,
  parts: Parts,
): Promise<readonly ReadClaim[]> {
  const task = readReportTask(await parts.readFile(file), file)
  const ask = serverAt({ url, token: tokenOf(token, env), signal, retry: defaultRetry, patience: PATIENCE })
  const claim = await qualityGate(task, ask, { ...WAITING, signal })
  return [{ ...claim, where: `${url} ${task.projectKey}` }]
}

/** A token that is named must be there; without the default one the server is asked as nobody. */
function tokenOf(reference: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const name = variableOf(reference ?? DEFAULT_TOKEN)
  const value = name === undefined ? undefined : env[name]
  if (value || reference === undefined) return value || undefined
  throw fail(wiringErrors.KEY_UNREADABLE, {
    message:
      name === undefined
        ? 'Found the text of a token, expected where it is: env://NAME.'
        : `The environment variable ${name} is not set.`,
    where: '--sonar-token',
  })
}
