import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A tool that can promote an image, and how it is told to. */
export interface Tool {
  readonly name: string
  readonly version: string
  /** Command line that copies `from` (repository@digest) to `to` (repository:tag). */
  readonly copy: (from: string, to: string) => readonly string[]
}

const folders = [
  ...(process.env.WAYBILL_TOOLS ? [join(process.env.WAYBILL_TOOLS, 'bin')] : []),
  ...(process.env.PATH ?? '').split(delimiter),
]

function find(program: string): string | undefined {
  for (const folder of folders) {
    const path = join(folder, program)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // not here
    }
  }
  return undefined
}

const engine = (mode: 'closure' | 'image') => (from: string, to: string) => [
  process.execPath,
  join(import.meta.dirname, 'engine-run.ts'),
  from,
  to,
  mode,
]

const peers: readonly {
  readonly name: string
  readonly version: readonly string[]
  readonly copy: (program: string, from: string, to: string) => readonly string[]
}[] = [
  {
    name: 'skopeo',
    version: ['--version'],
    copy: (program, from, to) => [
      program,
      'copy',
      '--all',
      '--preserve-digests',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `docker://${from}`,
      `docker://${to}`,
    ],
  },
  {
    name: 'crane',
    version: ['version'],
    copy: (program, from, to) => [program, 'copy', '--insecure', from, to],
  },
  {
    name: 'regctl',
    version: ['version', '--format', '{{.VCSTag}}'],
    copy: (program, from, to) => [
      program,
      ...[from, to].flatMap((name) => ['--host', `reg=${name.split('/')[0]},tls=disabled`]),
      'image',
      'copy',
      from,
      to,
    ],
  },
  {
    name: 'oras',
    version: ['version'],
    copy: (program, from, to) => [program, 'cp', '--from-plain-http', '--to-plain-http', from, to],
  },
]

/** Waybill with and without referrers, and every peer on this machine. */
export function tools(): readonly Tool[] {
  const found = peers.flatMap(({ name, version, copy }) => {
    const program = find(name)
    if (!program) return []
    const said = execFileSync(program, version, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const short = /\d+\.\d+(?:\.\d+)?/.exec(said)?.[0] ?? 'unknown'
    return [{ name, version: short, copy: (from: string, to: string) => copy(program, from, to) }]
  })
  return [
    { name: 'waybill', version: 'this tree', copy: engine('image') },
    { name: 'waybill, with referrers', version: 'this tree', copy: engine('closure') },
    ...found,
  ]
}
