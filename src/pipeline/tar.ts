import { fail } from '../base/index.ts'
import { pipelineErrors } from './errors.ts'

/** One member of an archive. `path` has no leading `/`; a directory's ends in `/`. */
export interface TarMember {
  readonly path: string
  readonly type: 'file' | 'directory' | 'link'
  readonly executable: boolean
  /** Bytes of content; 0 unless a file. */
  readonly size: number
  readonly linkTarget?: string
  readonly content?: () => AsyncIterable<Uint8Array>
}

const BLOCK = 512
const NAME_BYTES = 100
const TYPE_FLAGS = { file: '0', directory: '5', link: '2' } as const
// Eleven octal digits.
const MAX_SIZE = 8 ** 11 - 1

/**
 * Members → a POSIX pax archive (IEEE 1003.1, pax interchange format) whose every byte follows from the arguments:
 * owner 0:0 without names, modes 0755 and 0644, one time for all. Names that are long or not ASCII get a pax record.
 * Written here, because archives of a library may change with its next version, and every digest with them.
 * @param epoch seconds since 1970
 */
export async function* writeTar(members: Iterable<TarMember>, epoch: number): AsyncGenerator<Uint8Array> {
  for (const member of members) {
    if (member.size > MAX_SIZE) throw tooLarge(member)
    const records = paxRecords(member)
    if (records.length > 0) {
      yield header({ name: 'PaxHeaders.0/entry', mode: 0o644, size: records.length, flag: 'x', link: '' }, 0)
      yield records
      yield padding(records.length)
    }
    const mode = member.type === 'file' && !member.executable ? 0o644 : 0o755
    const { path: name, size, linkTarget: link = '' } = member
    yield header({ name, mode, size, flag: TYPE_FLAGS[member.type], link }, epoch)
    if (member.content) yield* member.content()
    yield padding(size)
  }
  yield Buffer.alloc(2 * BLOCK)
}

interface Fields {
  readonly name: string
  readonly mode: number
  readonly size: number
  readonly flag: string
  readonly link: string
}

function header(fields: Fields, mtime: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.write(short(fields.name), 0, NAME_BYTES, 'latin1')
  octal(block, 100, 8, fields.mode)
  octal(block, 108, 8, 0)
  octal(block, 116, 8, 0)
  octal(block, 124, 12, fields.size)
  octal(block, 136, 12, mtime)
  block.write('        ', 148, 'latin1')
  block.write(fields.flag, 156, 'latin1')
  block.write(short(fields.link), 157, NAME_BYTES, 'latin1')
  block.write('ustar\u000000', 257, 'latin1')
  octal(block, 329, 8, 0)
  octal(block, 337, 8, 0)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1')
  return block
}

// What stands in the old field when a pax record has the full name: readable, ASCII, and never a name of its own.
function short(name: string): string {
  return fits(name) ? name : name.replace(/[^\x20-\x7e]/g, '_').slice(0, NAME_BYTES - 1)
}

function fits(name: string): boolean {
  return name.length <= NAME_BYTES && /^[\x20-\x7e]*$/.test(name)
}

function octal(block: Buffer, offset: number, width: number, value: number): void {
  block.write(value.toString(8).padStart(width - 1, '0'), offset, 'latin1')
}

function paxRecords(member: TarMember): Buffer {
  const link = member.linkTarget ?? ''
  const records = [
    ...(fits(link) ? [] : [record('linkpath', link)]),
    ...(fits(member.path) ? [] : [record('path', member.path)]),
  ]
  return Buffer.concat(records)
}

/** `<length> key=value\n`, where the length counts its own digits. */
function record(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`)
  const digits = String(rest.length + String(rest.length).length).length
  return Buffer.concat([Buffer.from(String(rest.length + digits)), rest])
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
}

function tooLarge(member: TarMember) {
  return fail(pipelineErrors.CONTEXT_UNUSABLE, {
    message: `Found ${member.size} bytes, a layer holds files of at most ${MAX_SIZE}.`,
    where: member.path,
  })
}
