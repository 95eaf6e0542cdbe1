import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../base/command.ts'
import { baseErrors, fail, isFailure, timestamp } from '../../base/index.ts'
import type { Digest } from '../../oci/index.ts'
import { toolsErrors } from '../errors.ts'
import type { RawReport } from '../report-reader.ts'
import type { ProgramSettings } from '../schema.ts'
import { containerLaunch, findEngine, imageDigest } from './container.ts'
import type { Container } from './container.ts'
import { scrubbedEnvironment } from './environment.ts'
import { findProgram } from './find.ts'
import { takeReport } from './expected-report.ts'
import type { Program, ToolCall } from './program.ts'
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
  /** When it is run from an image. */
  readonly container?: Container
}

export interface ToolRun {
  readonly tool: ReadyProgram
  readonly args: readonly string[]
  readonly code: number
  /** RFC 3339. */
  readonly startedOn: string
  readonly finishedOn: string
  /** The beginning of what it printed. */
  readonly said: string
  readonly reports: readonly { readonly report: RawReport; readonly format: string | undefined }[]
}

const VERSION_TIMEOUT = 60_000
const SAID_BYTES = 64 * 1024

/**
 * Finds a tool, or the engine that runs its image; asks its version and holds both against what may run.
 * @returns undefined when this machine does not have it, or no engine
 * @throws TOOL_REFUSED, TOOL_FAILED when it cannot even say its version
 */
export async function openProgram(
  program: Program,
  settings: ProgramSettings,
  world: ToolWorld,
): Promise<ReadyProgram | undefined> {
  const tool = await (settings.image === undefined
    ? foundHere(program, settings, world)
    : foundEngine(program, settings.image, world))
  if (!tool) return undefined
  const version = program.versionArguments.length > 0 ? await askVersion(tool, world) : undefined
  checkVersion(program, { version, digest: tool.digest }, settings)
  return { ...tool, version }
}

async function foundHere(
  program: Program,
  settings: ProgramSettings,
  world: ToolWorld,
): Promise<ReadyProgram | undefined> {
  const names = settings.program === undefined ? program.executables : [settings.program]
  const found = await findProgram(names, world.env, world.directory)
  if (found && settings.digest !== undefined && settings.digest !== found.digest)
    throw fail(toolsErrors.TOOL_REFUSED, {
      message: `Found ${program.name} with the bytes ${found.digest}, expected ${settings.digest}.`,
      where: found.path,
    })
  return found && { program, version: undefined, ...found }
}

async function foundEngine(
  program: Program,
  image: string,
  { env, directory }: ToolWorld,
): Promise<ReadyProgram | undefined> {
  const engine = await findEngine(env, directory)
  const container = engine && { engine: engine.path, image }
  return (
    container && { program, version: undefined, digest: imageDigest(image), path: engine.path, container }
  )
}

async function askVersion(tool: ReadyProgram, world: ToolWorld): Promise<string | undefined> {
  const { program } = tool
  const call = {
    args: program.versionArguments,
    accept: [0],
    reports: [],
    reads: [],
    timeout: VERSION_TIMEOUT,
  }
  // What it prints here is no news.
  const { stdout, stderr } = await launched(tool, call, { ...world, onOutput: () => {} })
  return program.readVersion(`${stdout.toString('utf8')}\n${stderr}`)
}

/**
 * Runs a tool and takes its reports. Only an accepted exit code and every report together make a run; which of them
 * means a finding is for the reports to say.
 * @throws TOOL_FAILED
 */
export async function runProgram(tool: ReadyProgram, call: ToolCall, world: ToolWorld): Promise<ToolRun> {
  const startedOn = timestamp(world.now())
  const { code, stdout, stderr } = await launched(tool, call, world)
  const said = stdout.subarray(0, SAID_BYTES).toString('utf8')
  const printed = call.reports.find((report) => report.printed)
  if (printed) await writeFile(printed.file, stdout)
  const reports = await Promise.all(
    call.reports.map(async (expected) => ({
      report: await takeReport(expected, tool.program, stderr),
      format: expected.format,
    })),
  )
  return { tool, args: call.args, code, startedOn, finishedOn: timestamp(world.now()), said, reports }
}

/** In an empty home folder, from the PATH or from its image. */
async function launched(tool: ReadyProgram, call: ToolCall, world: ToolWorld) {
  const options = {
    signal: world.signal,
    timeout: call.timeout,
    accept: call.accept,
    ...(world.onOutput && { onOutput: world.onOutput }),
  }
  const { program, container } = tool
  if (!container)
    return inEmptyFolder((home) => {
      const env = { ...scrubbedEnvironment(program, world.env, home), ...call.env }
      return started(program, tool.path, call.args, { ...options, cwd: call.cwd ?? home, env })
    })
  const { path, args, env, remove } = containerLaunch(container, program, call, world.env)
  try {
    return await started(program, path, args, { ...options, env })
  } catch (error) {
    await remove()
    throw error
  }
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
    options?.signal?.throwIfAborted()
    if (!isFailure(error, baseErrors.COMMAND_FAILED)) throw error
    throw fail(toolsErrors.TOOL_FAILED, { message: error.message, where: program.name, cause: error })
  }
}

async function inEmptyFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-tool-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
