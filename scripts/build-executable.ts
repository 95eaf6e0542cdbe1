// Puts a program into a copy of node, as `node --experimental-sea-config` prepared it.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addNote } from './build-executable-note.ts'

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:'

/** Writes `target`, the node that runs this with `main` (one CommonJS file) inside. Linux only. */
export function buildExecutable(main: string, target: string): void {
  const executable = addNote(readFileSync(process.execPath), 'NODE_SEA_BLOB', prepare(main))
  const fuse = executable.indexOf(`${FUSE}0`)
  if (fuse < 0) throw new Error(`${process.execPath} cannot carry a program.`)
  executable.write('1', fuse + FUSE.length, 'latin1')
  writeFileSync(target, executable)
  chmodSync(target, 0o755)
}

function prepare(main: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-executable-'))
  try {
    const output = join(folder, 'blob')
    const config = join(folder, 'config.json')
    const options = { main, output, disableExperimentalSEAWarning: true, useCodeCache: true }
    writeFileSync(config, JSON.stringify(options))
    execFileSync(process.execPath, ['--experimental-sea-config', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return readFileSync(output)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
