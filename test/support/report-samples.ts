import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../data/reports')

/** Names of the recorded reports. */
export const sampleNames: readonly string[] = readdirSync(FOLDER).filter((name) => !name.endsWith('.md'))

/** One recorded report of a tool. */
export function sampleReport(name: string): Buffer {
  return readFileSync(join(FOLDER, name))
}
