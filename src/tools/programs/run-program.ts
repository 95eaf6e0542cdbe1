import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../base/command.ts'
import { baseErrors, fail, isFailure, limits, printable, timestamp } from '../../base/index.ts'
import type { Digest } from '../../oci/index.ts'
import { toolsErrors } from '../errors.ts'
import { RawReport } from '../report-reader.ts'
import type { ProgramSettings } from '../schema.ts'
import { scrubbedEnvironment } from './environment.ts'
import { findProgram } from './find.ts'
import type { ExpectedReport, Program, ToolCall } from './program.ts'
import { checkVersion } from './version.ts'

/** The world a tool runs in. */
export interface ToolWorld {
  /** Folder of waybill.yaml. */
  readonly directory: string
  /** Of this process; tools get a scrubbed one. */
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly now: () => Date
  /** Told of the tool's output as it comes, raw. */
  readonly onOutput?: (piece: Buffer) => void
}

/** A tool that is here and may run. */
export interface ReadyProgram {
  readonly program: Program
  /** As it says itself; undefined when it does not know. */
  readonly version: string | undefined
  /** sha256 of the executable, or the image's digest. */
  readonly digest: Digest
  readonly path: string
}

export interface ToolRun {
  readonly tool: ReadyProgram
  readonly args: readonly string[]
  readonly code: number
  /** RFC 3339. */
  readonly startedOn: string
  readonly finishedOn: string
  readonly reports: readonly { readonly report: RawReport; readonly format: string | undefined }[]
}

const VERSION_TIMEOUT = 60_000

/**
 * Finds a tool, asks its version and holds both against what may run.
 * @returns undefined when this machine does not have it
 * @throws TOOL_REFUSED, TOOL_FAILED when it cannot even say its version
 */
export async function openProgram(
  program: Program,
  settings: ProgramSettings,
  world: ToolWorld,
): Promise<ReadyProgram | undefined> {
  const names = settings.program === undefined ? program.executables : [settings.program]
  const found = await findProgram(names, world.env, world.directory)
  if (!found) return undefined
  if (settings.digest !== undefined && settings.digest !== found.digest)
    throw fail(toolsErrors.TOOL_REFUSED, {
      message: `Found ${program.name} with the bytes ${found.digest}, expected ${settings.digest}.`,
      where: found.path,
    })
  const version = await inEmptyFolder((home) => askVersion(program, found.path, home, world))
  checkVersion(program, version, settings)
  return { program, version, ...found }
}

async function askVersion(program: Program, path: string, home: string, world: ToolWorld) {
  const { stdout, stderr } = await started(program, path, program.versionArguments, {
    cwd: home,
    env: scrubbedEnvironment(program, world.env, home),
    signal: world.signal,
    timeout: VERSION_TIMEOUT,
  })
  return program.readVersion(`${stdout.toString('utf8')}\n${stderr}`)
}

/**
 * Runs a tool and takes its reports. Only an accepted exit code and every report together make a run; which of them
 * means a finding is for the reports to say.
 * @throws TOOL_FAILED
 */
export async function runProgram(tool: ReadyProgram, call: ToolCall, world: ToolWorld): Promise<ToolRun> {
  const startedOn = timestamp(world.now())
  const { code, stdout, stderr } = await inEmptyFolder((home) =>
    started(tool.program, tool.path, call.args, {
      cwd: call.cwd ?? home,
      env: { ...scrubbedEnvironment(tool.program, world.env, home), ...call.env },
      signal: world.signal,
      timeout: call.timeout,
      accept: call.accept,
      ...(world.onOutput && { onOutput: world.onOutput }),
    }),
  )
  const printed = call.reports.find((report) => report.printed)
  if (printed) await writeFile(printed.file, stdout)
  const reports = await Promise.all(
    call.reports.map(async (expected) => ({
      report: await reportIn(expected, tool.program, stderr),
      format: expected.format,
    })),
  )
  return { tool, args: call.args, code, startedOn, finishedOn: timestamp(world.now()), reports }
}

/** A tool that did not start, ended otherwise or took too long has failed; an abort stays one. */
async function started(
  program: Program,
  path: string,
  args: readonly string[],
  options: Parameters<typeof run>[2],
) {
  try {
    return await run(path, args, options)
  } catch (error) {
    if (!isFailure(error, baseErrors.COMMAND_FAILED)) throw error
    throw fail(toolsErrors.TOOL_FAILED, { message: error.message, where: program.name, cause: error })
  }
}

async function reportIn({ file }: ExpectedReport, { name }: Program, said: string): Promise<RawReport> {
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile() || found.size === 0)
    throw fail(toolsErrors.TOOL_FAILED, {
      message: `${name} ended without its report.${tailOf(said)}`,
      where: name,
    })
  if (found.size > limits.reportFileBytes)
    throw fail(baseErrors.LIMIT_EXCEEDED, {
      message: `The report of ${name} has ${found.size} bytes, the limit is ${limits.reportFileBytes}.`,
      where: name,
    })
  return new RawReport(await readFile(file), name)
}

function tailOf(said: string): string {
  const tail = printable(said.trim().split('\n').slice(-8).join('\n'))
  return tail && `\n${tail}`
}

async function inEmptyFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-tool-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
