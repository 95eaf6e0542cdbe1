import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One flaw of one package of a distribution, as Trivy's own database has it. */
export interface TrivyFlaw {
  /** `alpine 3.18`. */
  readonly distribution: string
  readonly package: string
  readonly id: string
  readonly severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL'
  readonly fixedIn: string
}

/** Writes a vulnerability database for the real Trivy: a BoltDB file (bbolt, file format 2) and its metadata. */
export function writeTrivyDatabase(cache: string, flaws: readonly TrivyFlaw[], updatedAt: Date): void {
  const folder = join(cache, 'db')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'trivy.db'), boltFile(bucketsOf(flaws)))
  const later = new Date(Date.now() + 24 * 3600_000).toISOString()
  const times = {
    UpdatedAt: updatedAt.toISOString(),
    NextUpdate: later,
    DownloadedAt: new Date().toISOString(),
  }
  writeFileSync(join(folder, 'metadata.json'), JSON.stringify({ Version: 2, ...times }))
}

type Tree = Map<string, Tree | Buffer>

function bucketsOf(flaws: readonly TrivyFlaw[]): Tree {
  const tree: Tree = new Map()
  const within = (parent: Tree, name: string): Tree => {
    const found = parent.get(name)
    if (found instanceof Map) return found
    const made: Tree = new Map()
    parent.set(name, made)
    return made
  }
  for (const { distribution, package: name, id, severity, fixedIn } of flaws) {
    const advisory = Buffer.from(JSON.stringify({ FixedVersion: fixedIn }))
    within(within(tree, distribution), name).set(id, advisory)
    const detail = Buffer.from(JSON.stringify({ Title: `flaw in ${name}`, Severity: severity }))
    within(tree, 'vulnerability').set(id, detail)
  }
  return tree
}

const PAGE = 4096
const META = 4
const FREE_LIST = 0x10
const LEAF = 2
const HEADER = 16

/** Root bucket on page 3, each bucket in it on a page of its own, and the buckets in those inline. */
function boltFile(tree: Tree): Buffer {
  const names = [...tree.keys()].toSorted()
  const root = names.map((name, index) => ({ key: name, flags: 1, value: bucketHeader(4 + index) }))
  const pages = names.map((name, index) => {
    const bucket = tree.get(name)
    return page(
      4 + index,
      LEAF,
      leaf(bucket instanceof Map ? entriesOf(bucket) : []),
      bucket instanceof Map ? bucket.size : 0,
    )
  })
  const high = 4 + pages.length
  return Buffer.concat([
    meta(0, high),
    meta(1, high),
    page(2, FREE_LIST, Buffer.alloc(0), 0),
    page(3, LEAF, leaf(root), root.length),
    ...pages,
  ])
}

interface Entry {
  readonly key: string
  readonly flags: number
  readonly value: Buffer
}

function entriesOf(bucket: Tree): readonly Entry[] {
  return [...bucket]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => {
      if (!(value instanceof Map)) return { key, flags: 0, value }
      const content = leaf(entriesOf(value))
      return { key, flags: 1, value: Buffer.concat([bucketHeader(0), header(0, LEAF, value.size), content]) }
    })
}

function leaf(entries: readonly Entry[]): Buffer {
  const elements = Buffer.alloc(entries.length * HEADER)
  let at = elements.length
  for (const [index, { key, flags, value }] of entries.entries()) {
    const own = index * HEADER
    elements.writeUInt32LE(flags, own)
    elements.writeUInt32LE(at - own, own + 4)
    elements.writeUInt32LE(Buffer.byteLength(key), own + 8)
    elements.writeUInt32LE(value.length, own + 12)
    at += Buffer.byteLength(key) + value.length
  }
  return Buffer.concat([elements, ...entries.flatMap(({ key, value }) => [Buffer.from(key), value])])
}

function bucketHeader(root: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64LE(BigInt(root))
  return bytes
}

function header(id: number, flags: number, count: number): Buffer {
  const bytes = Buffer.alloc(HEADER)
  bytes.writeBigUInt64LE(BigInt(id))
  bytes.writeUInt16LE(flags, 8)
  bytes.writeUInt16LE(count, 10)
  return bytes
}

function page(id: number, flags: number, content: Buffer, count: number): Buffer {
  if (content.length > PAGE - HEADER) throw new Error('more than a page holds')
  return Buffer.concat([header(id, flags, count), content], PAGE)
}

function meta(id: number, high: number): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.writeUInt32LE(0xed0cdaed, 0)
  bytes.writeUInt32LE(2, 4)
  bytes.writeUInt32LE(PAGE, 8)
  bytes.writeBigUInt64LE(3n, 16)
  bytes.writeBigUInt64LE(2n, 32)
  bytes.writeBigUInt64LE(BigInt(high), 40)
  bytes.writeBigUInt64LE(BigInt(id), 48)
  bytes.writeBigUInt64LE(fnv1a(bytes.subarray(0, 56)), 56)
  return page(id, META, bytes, 0)
}

function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash
}
