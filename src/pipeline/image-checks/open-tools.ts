import { join } from 'node:path'
import { fail } from '../../base/index.ts'
import type { ResolvedImage } from '../../assessment/index.ts'
import { openProgram, toolsErrors } from '../../tools/index.ts'
import type {
  ImageTool,
  ProgramSettings,
  ReadyProgram,
  ReportClaim,
  ReportHints,
  ToolWorld,
} from '../../tools/index.ts'
import type { BuildParts } from '../build-job.ts'
import type { ImageCheck } from '../scan-outcome.ts'
import { inWorkFolder } from '../work-folder.ts'
import { asksAnything, chosenTools } from './chosen-tools.ts'
import type { AskedChecks } from './chosen-tools.ts'

/** What examining needs from outside. */
export interface ExamineParts extends Pick<BuildParts, 'onStep' | 'signal' | 'env'> {
  /** Folder of waybill.yaml. */
  readonly directory: string
  /** `tools` of waybill.yaml. */
  readonly tools: Readonly<Record<string, ProgramSettings>>
  readonly clock: () => Date
  /** HTTP requests made so far. */
  readonly requests: () => number
  /** Signs what was found and hangs it on the image, one statement for each claim, in their order. */
  readonly attach: AttachClaims
}

export type AttachClaims = (
  image: ResolvedImage,
  claims: readonly (ReportClaim & { readonly where: string })[],
) => Promise<readonly Pick<ImageCheck, 'outcome' | 'payload'>[]>

/** A tool that is here, with what it says of its database. */
export interface OpenTool {
  readonly tool: ImageTool
  readonly ready: ReadyProgram
  readonly hints: ReportHints
}

/** Every tool is there before the first one works. @throws TOOL_MISSING, TOOL_REFUSED, STRUCTURE_INVALID */
export async function requireTools(asked: AskedChecks, parts: ExamineParts): Promise<void> {
  if (!asksAnything(asked)) return
  await inWorkFolder(async (folder) => {
    await Promise.all((await chosenTools(asked, folder)).map((tool) => ready(tool, parts)))
  })
}

/** @throws TOOL_MISSING, TOOL_REFUSED */
export async function ready(tool: ImageTool, parts: ExamineParts): Promise<OpenTool> {
  const { name } = tool.program
  const found = await openProgram(tool.program, parts.tools[name] ?? {}, worldOf(parts))
  if (found) return { tool, ready: found, hints: {} }
  throw fail(toolsErrors.TOOL_MISSING, {
    message: `${name} is not on this machine, and the image is to be looked at with it.`,
    where: name,
  })
}

export function worldOf({ directory, env, signal, clock }: ExamineParts): ToolWorld {
  return { directory, env, signal, now: clock }
}

/** With its database, when it has one. */
export async function prepare(open: OpenTool, folder: string, parts: ExamineParts): Promise<OpenTool> {
  const own = join(folder, `prepare-${open.tool.program.name}-${open.tool.kinds.join('-')}`)
  const hints = await open.tool.prepare?.(open.ready, own, worldOf(parts))
  return { ...open, hints: hints ?? {} }
}
