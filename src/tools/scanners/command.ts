import { readTogether } from '../read-together.ts'
import type { Program } from '../programs/program.ts'
import { runProgram } from '../programs/run-program.ts'
import { ownReports, seenReports } from './own-reports.ts'
import type { SourceLook } from './source-look.ts'

export interface CommandSettings {
  readonly name: string
  readonly run: readonly string[]
  /** File or pattern, relative to `directory`. */
  readonly report: string
  readonly format?: string | undefined
  readonly accept: readonly number[]
  /** Absolute: where it runs. */
  readonly directory: string
}

/** Any other tool: it says by its exit code whether its report counts, and by its report what it found. */
export function commandLook(settings: CommandSettings): SourceLook {
  const { name, run, report, format, accept, directory } = settings
  const [executable = '', ...args] = run
  const program: Program = {
    name,
    executables: [executable],
    // Nobody knows how it is asked.
    versionArguments: [],
    readVersion: () => undefined,
    refused: [],
    sees: [],
    env: {},
  }
  const call: SourceLook['call'] = (_tool, { timeout }) =>
    Promise.resolve({ args, cwd: directory, accept, reports: [], reads: [directory], timeout })
  return {
    program,
    call,
    look: async (tool, site, world, hints) => {
      const before = await seenReports([report], directory)
      const done = await runProgram(tool, await call(tool, site, world), world)
      const found = await ownReports([report], directory, before)
      const claims = readTogether(found, hints, format)
      const reports = found.map((one) => ({ report: one, format }))
      return { run: { ...done, reports }, claims }
    },
  }
}
