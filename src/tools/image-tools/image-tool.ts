import type { ReportKind } from '../../attestation/index.ts'
import type { Digest } from '../../oci/index.ts'
import type { ReadyProgram, ToolWorld } from '../programs/run-program.ts'
import type { Program, ToolCall } from '../programs/program.ts'
import type { ReportHints } from '../report-reader.ts'

/** One platform of an image on local disk, in the two forms that tools read. */
export interface ImageCopy {
  /** `linux/arm64`. */
  readonly platform: string
  readonly manifest: Digest
  readonly config: Digest
  /** Absolute folder of an OCI layout that holds this platform and nothing else: some tools take the first they find. */
  readonly layout: string
  /** Absolute path of the same as `docker save` writes it; there when one of the tools needs it. */
  readonly archive: string | undefined
}

/** A tool that looks into one platform of an image at a time. Its report must be about nothing else. */
export interface ImageTool {
  readonly program: Program
  /** What its reports are signed as. */
  readonly kinds: readonly ReportKind[]
  readonly reads: 'layout' | 'archive'
  /** True when every report of it names the image it is about: then one that does not is refused. */
  readonly namesImage: boolean
  /**
   * Once, before the platforms: fetches a database, tells its age. Databases are fetched by one process, read by many.
   * @param folder empty, absolute
   */
  readonly prepare?: (tool: ReadyProgram, folder: string, world: ToolWorld) => Promise<ReportHints>
  /** @param report absolute path to write to */
  readonly call: (copy: ImageCopy, report: string) => ToolCall
  /** What its reports leave out. */
  readonly hints?: ReportHints
}

/** Milliseconds; a scan of a large image on a small runner takes minutes. */
export const SCAN_TIME = 30 * 60_000
