import { lstat, readFile } from 'node:fs/promises'
import { baseErrors, fail, limits, printable } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import { RawReport } from '../report-reader.ts'
import type { ExpectedReport, Program } from './program.ts'

/** The report that a run should have written. `said`: what it printed. @throws TOOL_FAILED, LIMIT_EXCEEDED */
export async function takeReport(
  { file }: ExpectedReport,
  { name }: Program,
  said: string,
): Promise<RawReport> {
  // What it links to is not what it wrote.
  const found = await lstat(file).catch(() => undefined)
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
