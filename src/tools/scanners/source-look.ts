import type { ReadyProgram, ToolRun, ToolWorld } from '../programs/run-program.ts'
import type { Program, ToolCall } from '../programs/program.ts'
import type { ReportClaim, ReportHints } from '../report-reader.ts'

/** Where a tool looks, and where it leaves its reports. */
export interface Site {
  /** Absolute folder that is looked at. */
  readonly tree: string
  /** Absolute, empty, made for this look alone. */
  readonly reports: string
  /** Milliseconds. */
  readonly timeout: number
}

/** What a tool made of a source tree. */
export interface Looked {
  /** The run that decides. */
  readonly run: ToolRun
  readonly claims: readonly ReportClaim[]
}

/** One tool with its settings, ready to look at a source tree. */
export interface SourceLook {
  readonly program: Program
  /** The run that decides, as a dry run shows it. */
  readonly call: (tool: ReadyProgram, site: Site, world: ToolWorld) => Promise<ToolCall>
  /** @throws TOOL_FAILED, and what the readers of reports throw */
  readonly look: (tool: ReadyProgram, site: Site, world: ToolWorld, hints: ReportHints) => Promise<Looked>
}
