import { spawnSync } from 'node:child_process'
import { accessSync, constants, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** One image to promote. */
export interface Pair {
  /** `host:port/repository@digest`. */
  readonly from: string
  /** `host:port/repository:tag`. */
  readonly to: string
}

/** A tool that can promote images, and how it is told to. Each run is a new process. */
export interface Contestant {
  readonly name: string
  readonly version: string
  /** Command line that only says the version. */
  readonly start: readonly string[]
  /** Keeps its home from run to run; all others find an empty one each time. */
  readonly remembers: boolean
  /** Command line for one image; undefined when the tool cannot copy referrers. */
  readonly copy: (pair: Pair, referrers: boolean) => readonly string[] | undefined
  /** Command line that only gives an image of the target's own repository one more tag. */
  readonly tag: (pair: Pair) => readonly string[]
  /** Command line for many images. `folder` takes the files it needs. */
  readonly many: (pairs: readonly Pair[], folder: string) => readonly string[]
  /** How it does many, in words. */
  readonly manyBy: string
}

const AT_ONCE = 8
const PLAIN = ['--src-tls-verify=false', '--dest-tls-verify=false']

interface Peer {
  readonly name: string
  readonly version: readonly string[]
  readonly copy: (program: string, pair: Pair, referrers: boolean) => readonly string[] | undefined
  /** Its own command for one more tag; copying serves where it has none. */
  readonly tag?: (program: string, from: string, tag: string) => readonly string[]
  readonly many?: Contestant['many']
  readonly manyBy?: string
}

const tagOf = (reference: string) => reference.slice(reference.lastIndexOf(':') + 1)
const hostOf = (reference: string) => reference.slice(0, reference.indexOf('/'))

const peers: readonly Peer[] = [
  {
    name: 'skopeo',
    version: ['--version'],
    copy: (program, { from, to }, referrers) =>
      referrers
        ? undefined
        : [program, 'copy', '--all', '--preserve-digests', ...PLAIN, `docker://${from}`, `docker://${to}`],
    many: skopeoSync,
    manyBy: 'one `skopeo sync`',
  },
  {
    name: 'crane',
    version: ['version'],
    copy: (program, { from, to }, referrers) =>
      referrers ? undefined : [program, 'copy', '--insecure', from, to],
    tag: (program, from, tag) => [program, 'tag', '--insecure', from, tag],
  },
  {
    name: 'regctl',
    version: ['version', '--format', '{{.VCSTag}}'],
    copy: (program, { from, to }, referrers) => [
      program,
      ...[from, to].flatMap((name) => ['--host', `reg=${hostOf(name)},tls=disabled`]),
      'image',
      'copy',
      ...(referrers ? ['--referrers'] : []),
      from,
      to,
    ],
  },
  {
    name: 'oras',
    version: ['version'],
    copy: (program, { from, to }, referrers) => {
      const deep = referrers ? ['-r'] : []
      return [program, 'cp', ...deep, '--from-plain-http', '--to-plain-http', from, to]
    },
    tag: (program, from, tag) => [program, 'tag', '--plain-http', from, tag],
  },
]

/** The programs of this machine among the peers: on the PATH, in .tools/bin, or in $WAYBILL_TOOLS/bin. */
export function findPeers(root: string): readonly Contestant[] {
  const { WAYBILL_TOOLS, PATH = '' } = process.env
  const own = [...(WAYBILL_TOOLS ? [WAYBILL_TOOLS] : []), join(root, '.tools')].map((tools) =>
    join(tools, 'bin'),
  )
  const folders = [...own, ...PATH.split(delimiter)]
  return peers.flatMap((peer) => {
    const program = folders.map((folder) => join(folder, peer.name)).find(isProgram)
    return program === undefined ? [] : [contestantOf(peer, program)]
  })
}

function contestantOf(peer: Peer, program: string): Contestant {
  const said = spawnSync(program, peer.version, { encoding: 'utf8' }).stdout
  const copy = (pair: Pair, referrers: boolean) => peer.copy(program, pair, referrers)
  return {
    name: peer.name,
    version: /\d+\.\d+(?:\.\d+)?/.exec(said)?.[0] ?? 'unknown',
    start: [program, ...peer.version],
    remembers: false,
    copy,
    tag: (pair) => peer.tag?.(program, pair.from, tagOf(pair.to)) ?? copy(pair, false) ?? [],
    many: peer.many ? (pairs, folder) => [program, ...(peer.many?.(pairs, folder) ?? [])] : inParallel(copy),
    manyBy: peer.manyBy ?? `${AT_ONCE} processes of \`${peer.name}\` at a time`,
  }
}

/** Waybill twice: with an empty home in every run, and with what it remembers from the run before. */
export function waybills(program: readonly string[], version: string): readonly Contestant[] {
  const copy = ({ from, to }: Pair, referrers: boolean) => {
    const without = referrers ? [] : ['--no-referrers']
    return [...program, 'image', 'copy', ...without, '-o', 'json', from, to]
  }
  const tag = ({ from, to }: Pair) => [...program, 'image', 'tag', '-o', 'json', from, tagOf(to)]
  const start = [...program, '--version']
  const one = {
    version,
    start,
    copy,
    tag,
    many: (pairs: readonly Pair[], folder: string) => [...program, ...train(pairs, folder)],
    manyBy: 'one `waybill promote --set`',
  }
  return [
    { ...one, name: 'waybill', remembers: false },
    { ...one, name: 'waybill, remembered', remembers: true },
  ]
}

/** One process an image, so many at a time: what a shell script does. */
function inParallel(copy: Contestant['copy']): Contestant['many'] {
  return (pairs, folder) => {
    const file = join(folder, 'pairs')
    writeFileSync(file, pairs.map(({ from, to }) => `${from}\n${to}\n`).join(''))
    // The last two words of every command line are the pair.
    const line = (pairs[0] && copy(pairs[0], false)) ?? []
    return ['xargs', '-a', file, '-P', String(AT_ONCE), '-n', '2', ...line.slice(0, -2)]
  }
}

/** A train of plain copies: tags that must not move, no referrers, as the peers. */
function train(pairs: readonly Pair[], folder: string): readonly string[] {
  const file = join(folder, 'train.yaml')
  const images = pairs.map(({ from, to }) => ({
    source: from,
    destination: to.slice(0, to.lastIndexOf(':')),
    tags: [tagOf(to)],
    referrers: false,
  }))
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ version: 1, images }))
  return ['promote', '--set', file, '-o', 'json']
}

/** `sync` names what it writes after the last part of the source's name, in one place, under the source's tag. */
function skopeoSync(pairs: readonly Pair[], folder: string): readonly string[] {
  const file = join(folder, 'sync.yaml')
  const [first] = pairs
  if (!first) return []
  const images = Object.fromEntries(pairs.map(({ from }) => [from.replace(/^[^/]+\/|@.*/g, ''), ['v1']]))
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ [hostOf(first.from)]: { images, 'tls-verify': false } }))
  const place = first.to.slice(0, first.to.lastIndexOf('/'))
  const sync = ['sync', '--all', '--preserve-digests', '--src', 'yaml', '--dest', 'docker']
  return [...sync, '--dest-tls-verify=false', file, place]
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
