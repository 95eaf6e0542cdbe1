// What src/demo/installation.ts is in the single-file build: no package around it, and perhaps no Node either.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isSea } from 'node:sea'

declare const EXAMPLE_FILES: readonly {
  readonly path: string
  readonly mode: number
  readonly text: string
}[]

export async function copyExample(directory: string): Promise<void> {
  for (const { path, mode, text } of EXAMPLE_FILES) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text, { mode })
  }
}

export const nodeProgram = isSea() ? 'node' : process.execPath

export const ownCommand: readonly string[] = isSea()
  ? [process.execPath]
  : [process.execPath, process.argv[1] ?? '']
