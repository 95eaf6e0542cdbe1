import { fail, isFailure } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import type { ToolCall } from '../programs/program.ts'
import { runProgram } from '../programs/run-program.ts'
import type { ReadyProgram, ToolRun, ToolWorld } from '../programs/run-program.ts'
import type { RawReport } from '../report-reader.ts'

/** The one report of a run. */
export function reportOf({ reports, tool }: ToolRun): RawReport {
  const [only] = reports
  if (only) return only.report
  throw fail(toolsErrors.TOOL_FAILED, { message: 'It was asked for no report.', where: tool.program.name })
}

/** The report of a second run, that only explains the first; undefined when it broke. */
export async function heardOf(
  tool: ReadyProgram,
  call: ToolCall,
  world: ToolWorld,
): Promise<RawReport | undefined> {
  try {
    return reportOf(await runProgram(tool, call, world))
  } catch (error) {
    if (isFailure(error, toolsErrors.TOOL_FAILED)) return undefined
    throw error
  }
}
