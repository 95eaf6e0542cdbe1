import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { surroundings } from './lab.ts'
import { measured } from './measured.ts'
import { rowOf } from './row.ts'
import type { Row } from './row.ts'

const SCRIPT = join(import.meta.dirname, 'plan-million.ts')

/** Plans one million (image, environment) pairs in a process of its own; undefined where that is not built. */
export async function measurePlanning(root: string, compiled: string): Promise<Row | undefined> {
  if (!existsSync(SCRIPT)) return undefined
  const run = await measured([process.execPath, SCRIPT], surroundings(root, compiled))
  return rowOf('plan-million', [run])
}
