import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../../base/index.ts'
import { reportIn } from '../../attestation/index.ts'
import type { Evidence, ReportFacts } from '../../attestation/index.ts'
import type { ResolvedImage } from '../../assessment/index.ts'
import type { Digest } from '../../oci/index.ts'
import { inspectImage, openProgram, toolsErrors } from '../../tools/index.ts'
import type {
  ImageCopy,
  ImageTool,
  ProgramSettings,
  ReadyProgram,
  ReportClaim,
  ReportHints,
  ToolWorld,
} from '../../tools/index.ts'
import type { BuildParts } from '../build-job.ts'
import { inWorkFolder } from '../work-folder.ts'
import { builderList } from './builder-lists.ts'
import { asksAnything, chosenTools } from './chosen-tools.ts'
import type { AskedChecks } from './chosen-tools.ts'
import { imageCopies } from './image-copies.ts'
import { inLanes } from './in-lanes.ts'
import { knownAnswer } from './known-check.ts'
import type { ImageCheck } from '../scan-outcome.ts'

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
interface OpenTool {
  readonly tool: ImageTool
  readonly ready: ReadyProgram
  readonly hints: ReportHints
}

interface Found {
  readonly check: string
  readonly platform: { readonly name: string; readonly manifest: Digest }
  readonly ready: ReadyProgram | undefined
  readonly hints: ReportHints
  readonly claim: ReportClaim
}

/**
 * Finds out about every platform of an image what was asked, and signs it: a statement for each platform and kind of
 * thing, about the index and the platform. A finding is evidence, like none. Nothing is signed before the last tool has
 * ended well.
 * @param said signed already about this image: what it answers is not looked for again
 * @throws TOOL_MISSING, TOOL_REFUSED, TOOL_FAILED, TOOL_MISTAKEN, REPORT_*, and what `attach` throws
 */
export async function examineImage(
  asked: AskedChecks,
  image: ResolvedImage,
  said: Evidence,
  parts: ExamineParts,
): Promise<readonly ImageCheck[]> {
  if (!asksAnything(asked)) return []
  return inWorkFolder(async (folder) => {
    const chosen = await chosenTools(asked, folder)
    const tools = await Promise.all(chosen.map((tool) => ready(tool, parts)))
    const work = await examination(asked, image, { tools, said, folder }, parts)
    const found = (await inLanes(work.runs, parts)).flat()
    const claims = found.map(({ claim, check }) => ({ ...claim, where: check }))
    const attached = await parts.attach(image, claims)
    return [...work.known, ...found.map((one, index) => checkOf(one, attached[index]))]
  })
}

/** Every tool is there before the first one works. @throws TOOL_MISSING, TOOL_REFUSED, STRUCTURE_INVALID */
export async function requireTools(asked: AskedChecks, parts: ExamineParts): Promise<void> {
  if (!asksAnything(asked)) return
  await inWorkFolder(async (folder) => {
    await Promise.all((await chosenTools(asked, folder)).map((tool) => ready(tool, parts)))
  })
}

async function ready(tool: ImageTool, parts: ExamineParts): Promise<OpenTool> {
  const { name } = tool.program
  const found = await openProgram(tool.program, parts.tools[name] ?? {}, worldOf(parts))
  if (found) return { tool, ready: found, hints: {} }
  throw fail(toolsErrors.TOOL_MISSING, {
    message: `${name} is not on this machine, and the image is to be looked at with it.`,
    where: name,
  })
}

function worldOf({ directory, env, signal, clock }: ExamineParts): ToolWorld {
  return { directory, env, signal, now: clock }
}

interface Scene {
  readonly tools: readonly OpenTool[]
  readonly said: Evidence
  readonly folder: string
}

/** What is to be run, and what need not be. */
async function examination(
  asked: AskedChecks,
  image: ResolvedImage,
  { tools, said, folder }: Scene,
  parts: ExamineParts,
) {
  const archives = tools.some(({ tool }) => tool.reads === 'archive')
  const copies = await imageCopies(image, join(folder, 'copies'), archives, parts)
  const known: ImageCheck[] = []
  const runs: { readonly item: string; readonly work: () => Promise<readonly Found[]> }[] = []
  for (const open of tools) {
    const left = copies.filter((copy) => {
      const before = knownOf(open.tool, copy, said, parts.clock())
      known.push(...before)
      return before.length === 0
    })
    const prepared = left.length > 0 ? await prepare(open, folder, parts) : open
    for (const copy of left)
      runs.push({
        item: `${open.tool.program.name} ${copy.platform}`,
        work: () => runOne(prepared, copy, folder, parts),
      })
  }
  if (asked.sbom === 'builder') runs.push(...copies.map((copy, index) => builderRun(image, copy, index)))
  return { known, runs }
}

/** Structure tests take seconds and change with the source: those are always run. */
function knownOf(tool: ImageTool, copy: ImageCopy, said: Evidence, now: Date): readonly ImageCheck[] {
  const { name } = tool.program
  if (tool.kinds.includes('structure')) return []
  const answers = tool.kinds.map((kind) => ({
    kind,
    answer: knownAnswer(said, { tool: name, kind, manifest: copy.manifest, platform: copy.platform, now }),
  }))
  if (answers.some(({ answer }) => answer === undefined)) return []
  return answers.map(({ kind, answer }) => ({
    check: name,
    kind,
    platform: copy.platform,
    digest: copy.manifest,
    outcome: 'already',
    summary: 'signed by an earlier run',
    counts: countsOf(answer && reportIn(answer.statement.predicate)),
    tool: { name },
    ...(answer && { payload: answer.payload }),
  }))
}

async function prepare(open: OpenTool, folder: string, parts: ExamineParts): Promise<OpenTool> {
  const own = join(folder, `prepare-${open.tool.program.name}-${open.tool.kinds.join('-')}`)
  const hints = await open.tool.prepare?.(open.ready, own, worldOf(parts))
  return { ...open, hints: hints ?? {} }
}

async function runOne(
  { tool, ready: program, hints }: OpenTool,
  copy: ImageCopy,
  folder: string,
  parts: ExamineParts,
): Promise<readonly Found[]> {
  const { name } = tool.program
  const own = join(folder, 'reports', `${name}-${tool.kinds.join('-')}-${copy.platform.replaceAll('/', '-')}`)
  await mkdir(own, { recursive: true })
  const run = { report: join(own, 'report.json'), hints, world: worldOf(parts) }
  const claims = await inspectImage(tool, program, copy, run)
  return claims.map((claim) => ({
    check: name,
    platform: { name: copy.platform, manifest: copy.manifest },
    ready: program,
    hints,
    claim,
  }))
}

function builderRun(image: ResolvedImage, { platform, manifest }: ImageCopy, index: number) {
  const work = async (): Promise<readonly Found[]> => {
    const own = image.platforms[index]
    const claims = own ? await builderList(image, own) : []
    return claims.map((claim) => ({
      check: 'builder',
      platform: { name: platform, manifest },
      ready: undefined,
      hints: {},
      claim: { ...claim, platform },
    }))
  }
  return { item: `builder ${platform}`, work }
}

/** What the report counts, and its findings by severity where it counts them otherwise. */
function countsOf(told: ReportFacts | undefined): ImageCheck['counts'] {
  const rated = Map.groupBy(told?.findings ?? [], ({ severity }) => severity)
  const bySeverity = [...rated].map(([severity, all]) => [severity, all.length] as const)
  return { ...Object.fromEntries(bySeverity), ...told?.counts }
}

function checkOf(
  { check, platform, ready: program, hints, claim }: Found,
  attached: Pick<ImageCheck, 'outcome' | 'payload'> | undefined,
): ImageCheck {
  const { kind, summary, predicate } = claim
  const told = reportIn(predicate)
  return {
    check,
    kind,
    platform: platform.name,
    digest: platform.manifest,
    outcome: attached?.outcome ?? 'planned',
    summary,
    counts: countsOf(told),
    tool: {
      name: check,
      ...(program?.version !== undefined && { version: program.version }),
      ...(program && { digest: program.digest }),
    },
    ...((told?.database?.builtOn ?? hints.databaseOn) !== undefined && {
      databaseOn: told?.database?.builtOn ?? hints.databaseOn ?? '',
    }),
    ...(told?.endOfLife && { endOfLife: true }),
    ...(attached?.payload && { payload: attached.payload }),
  }
}
