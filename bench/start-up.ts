import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Contestant } from './contestants.ts'
import { surroundings } from './lab.ts'
import { measured } from './measured.ts'
import type { Measured } from './measured.ts'
import { rowOf } from './row.ts'
import type { Row } from './row.ts'

/** How long programs take to say who they are: Node alone, Waybill with and without compiled code, the peers. */
export async function measureStartUp(
  program: readonly string[],
  peers: readonly Contestant[],
  root: string,
  compiled: string,
  runs: number,
): Promise<readonly Row[]> {
  const node = program[0] ?? process.execPath
  const starts = [
    { name: 'node, empty program', line: [node, '-e', '0'] },
    { name: 'waybill --version', line: [...program, '--version'] },
    { name: 'waybill --version, first time', line: [...program, '--version'], first: true },
    { name: 'waybill promote --help', line: [...program, 'promote', '--help'] },
    { name: 'waybill promote --help, first time', line: [...program, 'promote', '--help'], first: true },
    ...peers.map(({ name, start }) => ({ name, line: start })),
  ]
  const all = new Map<string, Measured[]>(starts.map(({ name }) => [name, []]))
  for (let turn = -1; turn < runs; turn++)
    for (const { name, line, ...how } of starts) {
      const home = join(root, 'home-start-up')
      mkdirSync(home)
      const cache = 'first' in how ? join(home, 'compiled') : compiled
      const done = await measured(line, surroundings(home, cache))
      // The first turn fills the file cache and the compiled code.
      if (turn >= 0) all.get(name)?.push(done)
      rmSync(home, { recursive: true, force: true })
    }
  return starts.map(({ name }) => rowOf(name, all.get(name) ?? []))
}
