import { run } from '../../base/command.ts'
import { fail, isFailure, baseErrors, parseDuration, printable, timestamp } from '../../base/index.ts'
import { ownReports, readTogether, seenReports, toolsErrors } from '../../tools/index.ts'
import type { ReportClaim } from '../../tools/index.ts'
import type { CheckParts } from './check-parts.ts'
import { withFacts } from './claim-facts.ts'
import { judge } from './judge.ts'
import { keepReports } from './keep-reports.ts'
import type { Checked } from './checked.ts'
import type { Tests } from './schema.ts'

export type Suite = Tests['suites'][number]

/** What a suite needs to know of the run it belongs to. */
export interface SuiteWork {
  readonly suite: Suite
  readonly application: string | undefined
  /** The job's, without keys and without the tokens that other programs get. */
  readonly env: NodeJS.ProcessEnv
  /** Absolute folder for raw reports. */
  readonly reports: string | undefined
  readonly onOutput: (piece: Buffer) => void
}

/** Everything that fails in a test report counts. */
export const ANY = { block: 'any', ignore: [], ignoreUnfixed: false } as const
const ALL_CODES = Array.from({ length: 256 }, (_, code) => code)

/**
 * Runs a suite, or only reads what it has left behind. The reports must be of this run; a program that ends badly
 * although they are good has something else to say, which nobody can read: that is no pass.
 * @throws TOOL_FAILED, REPORT_*
 */
export async function runSuite(work: SuiteWork, parts: CheckParts): Promise<Checked> {
  const { suite, application } = work
  const before = suite.run && (await seenReports(suite.reports, parts.directory))
  const ended = suite.run && (await runProgram(suite.run, suite.timeout, work, parts))
  const found = await ownReports(suite.reports, parts.directory, before).catch((error: unknown) => {
    throw isFailure(error, toolsErrors.TOOL_FAILED) && ended?.code ? endedBadly(ended, error.message) : error
  })
  if (work.reports) {
    const reports = found.map((report) => ({ report }))
    await keepReports({ name: suite.name, application }, reports, work.reports)
  }
  const claims = readTogether(found, { suite: suite.name }).map((claim) =>
    withFacts(claim, ended?.times ?? {}),
  )
  const judged = judge(claims, ANY)
  if (ended && ended.code !== 0 && judged.result === 'pass')
    throw endedBadly(ended, 'Its reports say that all is well.')
  const about = { check: suite.name, ...(application !== undefined && { application }) }
  return { result: { ...about, ...judged, reason: summaryOf(claims) }, claims }
}

interface Ended {
  readonly code: number
  readonly tail: string
  readonly times: { readonly startedOn: string; readonly finishedOn: string }
}

/** A program of the project, in the folder of waybill.yaml. @throws TOOL_FAILED when it does not start or takes too long */
export async function runProgram(
  words: readonly string[],
  timeout: string,
  { env, onOutput }: Pick<SuiteWork, 'env' | 'onOutput'>,
  { directory, signal, clock }: CheckParts,
): Promise<Ended> {
  const [program = '', ...args] = words
  const startedOn = timestamp(clock.now())
  const options = { cwd: directory, env, signal, accept: ALL_CODES, onOutput }
  try {
    const { code, stdout, stderr } = await run(program, args, {
      ...options,
      timeout: parseDuration(timeout) ?? 0,
    })
    const said = stderr.trim() || stdout.subarray(-8192).toString('utf8')
    const tail = printable(said.trim().split('\n').slice(-8).join('\n'))
    return { code, tail, times: { startedOn, finishedOn: timestamp(clock.now()) } }
  } catch (error) {
    signal.throwIfAborted()
    if (!isFailure(error, baseErrors.COMMAND_FAILED)) throw error
    throw fail(toolsErrors.TOOL_FAILED, { message: error.message, where: program, cause: error })
  }
}

export function endedBadly({ code, tail }: Ended, but: string) {
  return fail(toolsErrors.TOOL_FAILED, {
    message: `It ended with code ${code}. ${but}${tail && `\n${tail}`}`,
  })
}

function summaryOf(claims: readonly ReportClaim[]): string {
  return claims.map(({ summary }) => summary).join('; ')
}
