import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'
import type { Contestant } from './contestants.ts'
import type { Lab } from './lab.ts'
import { meter } from './measured.ts'
import type { Options } from './options.ts'

/** Lines that say what was measured where. */
export function environment(
  root: string,
  lab: Lab,
  contestants: readonly Contestant[],
  { runs }: Options,
): readonly string[] {
  const cores = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const load = loadavg()[0]?.toFixed(1)
  const peers = contestants.filter(({ name }) => !name.startsWith('waybill'))
  const missing = ['skopeo', 'crane', 'regctl', 'oras'].filter(
    (name) => !peers.some((peer) => peer.name === name),
  )
  const found = peers.map(({ name, version }) => `${name} ${version}`).join(', ') || 'none'
  const many = new Map(contestants.map(({ manyBy, name }) => [manyBy, name]))
  return [
    `Measured ${new Date().toISOString().slice(0, 10)} at commit ${commitOf(root)}.`,
    `Machine: ${cores.length} × ${cores[0]?.model}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.version}; load ${load} at the start.`,
    `Registries: two of ${lab.registries[0].name}, data ${lab.inMemory ? 'in memory' : 'on disk'}. ${meter}.`,
    `Peers: ${found}${missing.length > 0 ? `; not on this machine: ${missing.join(', ')}` : ''}.`,
    `Medians of ${runs} alternating runs, each a new process (half as many where a run takes long).`,
    `Many images: ${[...many.keys()].join('; ')}.`,
  ]
}

function commitOf(root: string): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
    return `${git('rev-parse', '--short=8', 'HEAD')}${changed ? ' with changes' : ''}`
  } catch {
    return 'unknown'
  }
}
