import { fail, printableLine } from '../../base/index.ts'
import { isPlainPlatform } from './plain-platform.ts'
import { toolsErrors } from '../errors.ts'
import { runProgram } from '../programs/run-program.ts'
import type { ReadyProgram, ToolWorld } from '../programs/run-program.ts'
import { readerFor } from '../report-reader.ts'
import type { RawReport, ReportClaim, ReportHints } from '../report-reader.ts'
import { readers } from '../readers.ts'
import type { ImageCopy, ImageTool } from './image-tool.ts'

/**
 * Runs a tool on one platform and reads what it found: a claim for each kind of thing it looks for, about the
 * platform's own digest.
 * @param report absolute path, in a folder made for this run
 * @throws TOOL_FAILED, TOOL_MISTAKEN when the report is about another image, REPORT_*
 */
export async function inspectImage(
  tool: ImageTool,
  ready: ReadyProgram,
  copy: ImageCopy,
  {
    report,
    hints,
    world,
  }: { readonly report: string; readonly hints: ReportHints; readonly world: ToolWorld },
): Promise<readonly ReportClaim[]> {
  const run = await runProgram(ready, tool.call(copy, report), world)
  const told: ReportHints = {
    ...(ready.version !== undefined && { toolVersion: ready.version }),
    ...hints,
    ...tool.hints,
  }
  const claims = run.reports.flatMap((given) => readOne(given, told))
  for (const claim of claims) checkSubject(claim, copy, tool)
  return claims.map((claim) => ({ ...claim, about: [copy.manifest], platform: copy.platform }))
}

function readOne(
  { report, format }: { readonly report: RawReport; readonly format: string | undefined },
  hints: ReportHints,
): readonly ReportClaim[] {
  return readerFor(report, readers, format).read(report, hints)
}

/** A tool that was given one image and speaks of another is believed in nothing. */
function checkSubject(claim: ReportClaim, copy: ImageCopy, tool: ImageTool): void {
  const { name } = tool.program
  const mistaken = (found: string) =>
    fail(toolsErrors.TOOL_MISTAKEN, {
      message: `${name} reports about ${found}, expected ${copy.manifest} (${copy.platform}).`,
      where: name,
    })
  const stranger = claim.about.find((digest) => digest !== copy.manifest && digest !== copy.config)
  if (stranger !== undefined) throw mistaken(stranger)
  if (tool.namesImage && claim.about.length === 0) throw mistaken('no image that it names')
  if (claim.platform !== undefined && !isPlainPlatform(claim.platform, copy.platform))
    throw mistaken(printableLine(claim.platform, 60))
}
