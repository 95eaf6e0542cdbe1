import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, printableJson, printableLine } from '../base/index.ts'
import type { BuildOutcome } from '../pipeline/index.ts'
import { writeAtomically } from '../registry/index.ts'
import { wiringErrors } from './errors.ts'

/** What later steps of a pipeline read. build.json comes last: where it is, the others are. */
const FILES = {
  'image_digest.txt': ({ digest }: BuildOutcome) => `${digest}\n`,
  'image_reference.txt': (outcome: BuildOutcome) => `${referenceOf(outcome)}\n`,
  'digest.env': variables,
  'build.json': (outcome: BuildOutcome) => `${printableJson(JSON.stringify(outcome, undefined, 2))}\n`,
}

/** Takes away what an earlier build left there. @throws OUTPUTS_UNUSABLE */
export async function removeOutputs(folder: string): Promise<void> {
  await usable(folder, async () => {
    await mkdir(folder, { recursive: true })
    for (const name of Object.keys(FILES).toReversed()) await rm(join(folder, name), { force: true })
  })
}

/** All of them, or none. @throws OUTPUTS_UNUSABLE */
export async function writeOutputs(folder: string, outcome: BuildOutcome): Promise<void> {
  try {
    await usable(folder, async () => {
      for (const [name, text] of Object.entries(FILES))
        await writeAtomically(join(folder, name), (file) => file.writeFile(text(outcome)))
    })
  } catch (error) {
    await removeOutputs(folder)
    throw error
  }
}

async function usable(folder: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    throw fail(wiringErrors.OUTPUTS_UNUSABLE, {
      message: `Cannot write there: ${(cause as Error).message}`,
      where: folder,
      cause,
    })
  }
}

/** `repository@digest`, or `layout:FOLDER@digest`. */
function referenceOf({ location, digest }: BuildOutcome): string {
  return `${location}@${digest}`
}

function variables(outcome: BuildOutcome): string {
  const values = {
    WAYBILL_OUTCOME: outcome.outcome,
    WAYBILL_APPLICATION: outcome.application,
    WAYBILL_DIGEST: outcome.digest,
    WAYBILL_REPOSITORY: outcome.location,
    WAYBILL_IMAGE: referenceOf(outcome),
    WAYBILL_TAGS: outcome.tags.join(','),
    WAYBILL_COMMIT: outcome.commit,
    WAYBILL_VERSION: outcome.version ?? '',
  }
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join('')
}

/** Bare where it can be, for readers that take quotes for text; else in quotes of a shell. Always one line. */
function quoted(value: string): string {
  if (/^[A-Za-z0-9_.,:/@+=-]*$/.test(value)) return value
  return `'${printableLine(value).replaceAll("'", String.raw`'\''`)}'`
}
