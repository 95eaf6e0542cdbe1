import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Evidence } from '../../attestation/index.ts'
import type { ResolvedImage } from '../../assessment/index.ts'
import { hexOf } from '../../oci/index.ts'
import { inspectImage } from '../../tools/index.ts'
import type { ImageCopy } from '../../tools/index.ts'
import type { ImageCheck } from '../scan-outcome.ts'
import { inWorkFolder } from '../work-folder.ts'
import { builderList } from './builder-lists.ts'
import { asksAnything, chosenTools } from './chosen-tools.ts'
import type { AskedChecks } from './chosen-tools.ts'
import { checkOf, knownOf } from './image-check.ts'
import type { Found } from './image-check.ts'
import { imageCopies } from './image-copies.ts'
import { inLanes } from './in-lanes.ts'
import { prepare, ready, worldOf } from './open-tools.ts'
import type { ExamineParts, OpenTool } from './open-tools.ts'

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

async function runOne(
  { tool, ready: program, hints }: OpenTool,
  copy: ImageCopy,
  folder: string,
  parts: ExamineParts,
): Promise<readonly Found[]> {
  const { name } = tool.program
  const own = join(folder, 'reports', `${name}-${tool.kinds.join('-')}-${hexOf(copy.manifest)}`)
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
