import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, systemReason } from '../../base/index.ts'
import {
  cdxgenSbom,
  grypeImage,
  runnableTests,
  structureTest,
  syftSbom,
  toolsErrors,
  trivyImage,
  trivySbom,
} from '../../tools/index.ts'
import type { ImageTool } from '../../tools/index.ts'
import type { BuildConfig } from '../schema.ts'

/** What is to be found out about an image. */
export interface AskedChecks {
  readonly sbom?: BuildConfig['sbom']
  readonly scan?: BuildConfig['scan']
  /** Absolute path of a test file. */
  readonly structure?: string | undefined
}

const SCANNERS = { trivy: trivyImage, grype: grypeImage } as const
const LISTERS = { syft: syftSbom, trivy: trivySbom, cdxgen: cdxgenSbom } as const

/** True when there is anything to find out. */
export function asksAnything({ sbom, scan, structure }: AskedChecks): boolean {
  return sbom !== undefined || (scan?.length ?? 0) > 0 || structure !== undefined
}

/** The tools that are asked for; the list of a builder is nobody's to run. @throws STRUCTURE_INVALID */
export async function chosenTools(asked: AskedChecks, folder: string): Promise<readonly ImageTool[]> {
  const { sbom, scan = [], structure } = asked
  return [
    ...(sbom && sbom !== 'builder' ? [LISTERS[sbom]] : []),
    ...new Set(scan.map((name) => SCANNERS[name])),
    ...(structure === undefined ? [] : [await structureTool(structure, folder)]),
  ]
}

async function structureTool(path: string, folder: string): Promise<ImageTool> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw fail(toolsErrors.STRUCTURE_INVALID, {
      message: `Cannot read it: ${systemReason(cause) ?? String(cause)}.`,
      where: path,
      cause,
    })
  })
  const tests = runnableTests(text, path)
  const file = join(folder, 'structure.yaml')
  await writeFile(file, tests.text)
  return structureTest(file, tests)
}
