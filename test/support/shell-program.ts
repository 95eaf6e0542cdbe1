import { chmodSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAIN } from './command-line.ts'

/** Puts a program of this name, in sh, into a folder. */
export function shellProgram(folder: string, name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`)
  chmodSync(join(folder, name), 0o755)
}

/** `waybill`, and the `node` that runs it, for machines whose PATH has little else. */
export function installWaybill(folder: string): void {
  const cache = process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'waybill-compile-cache')
  shellProgram(
    folder,
    'waybill',
    `export NODE_COMPILE_CACHE="${cache}" WAYBILL_CACHE=off\nexec "${process.execPath}" "${MAIN}" "$@"`,
  )
  shellProgram(folder, 'node', `exec "${process.execPath}" "$@"`)
}
