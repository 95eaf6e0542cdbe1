import { glob, lstat, readFile, realpath } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { baseErrors, fail, limits, printableLine } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import { RawReport } from '../report-reader.ts'

const MAX_FILES = 10_000

/** Files that match, each with what changes whenever it is written. */
export type Seen = ReadonlyMap<string, string>

/** What is there before a run; what is the same afterwards is not of this run. */
export async function seenReports(patterns: readonly string[], directory: string): Promise<Seen> {
  const seen = new Map<string, string>()
  for (const file of await matching(patterns, directory)) {
    const { ino, size, mtimeNs, ctimeNs } = await lstat(join(directory, file), { bigint: true })
    seen.set(file, [ino, size, mtimeNs, ctimeNs].join())
  }
  return seen
}

/**
 * Reports that a program leaves where it likes, inside `directory`. With `before`, those that it did not write are
 * an error: they are of an earlier run.
 * @throws TOOL_FAILED when there is none, or an old one, LIMIT_EXCEEDED
 */
export async function ownReports(
  patterns: readonly string[],
  directory: string,
  before?: Seen,
): Promise<readonly RawReport[]> {
  const now = await seenReports(patterns, directory)
  const stale = [...now].filter(([file, state]) => before?.get(file) === state).map(([file]) => file)
  if (stale.length > 0)
    throw refused(
      `${shown(stale)} was there before and was not written anew`,
      'Remove old reports before the run.',
    )
  if (now.size === 0) throw refused(`No file matches ${shown(patterns)}`)
  const reports: RawReport[] = []
  let bytes = 0
  for (const file of [...now.keys()].toSorted()) {
    const content = await readWithin(file, directory)
    bytes += content.length
    if (bytes > limits.reportFileBytes)
      throw fail(baseErrors.LIMIT_EXCEEDED, {
        message: `The reports have more than ${limits.reportFileBytes} bytes together.`,
        where: printableLine(file),
      })
    reports.push(new RawReport(content, file))
  }
  return reports
}

async function matching(patterns: readonly string[], directory: string): Promise<readonly string[]> {
  const found = new Set<string>()
  for (const pattern of patterns)
    for await (const entry of glob(pattern, { cwd: directory, withFileTypes: true })) {
      if (!entry.isDirectory()) found.add(relative(directory, join(entry.parentPath, entry.name)))
      if (found.size > MAX_FILES)
        throw fail(baseErrors.LIMIT_EXCEEDED, {
          message: `More than ${MAX_FILES} files match ${shown(patterns)}.`,
          where: directory,
        })
    }
  return [...found]
}

/** A link that leads out of the folder is not followed. */
async function readWithin(file: string, directory: string): Promise<Buffer> {
  const path = resolve(directory, file)
  const [real, root] = await Promise.all([realpath(path), realpath(directory)])
  if (!real.startsWith(root + sep)) throw refused(`${shown([file])} leads out of the folder`)
  const found = await lstat(real)
  if (!found.isFile()) throw refused(`${shown([file])} is no file`)
  if (found.size > limits.reportFileBytes)
    throw fail(baseErrors.LIMIT_EXCEEDED, {
      message: `It has ${found.size} bytes, the limit is ${limits.reportFileBytes}.`,
      where: printableLine(file),
    })
  return readFile(real)
}

function shown(names: readonly string[]): string {
  return printableLine(names.slice(0, 3).join(', ') + (names.length > 3 ? '…' : ''))
}

function refused(message: string, next?: string) {
  return fail(toolsErrors.TOOL_FAILED, { message: `${message}.`, ...(next && { next }) })
}
