// Adds one note to a 64-bit ELF file in a new segment that is loaded. A new segment needs one more entry in the table
// of segments, and the bytes behind the table are taken: by the loader's name and the notes. Both move to the new
// segment, where their own entries then point. Nothing else moves.

/** One entry of the table; the numbers are its offsets in bytes. */
const ENTRY = 56
const at = {
  type: 0,
  flags: 4,
  offset: 8,
  address: 16,
  physical: 24,
  size: 32,
  memory: 40,
  align: 48,
} as const
const types = { load: 1, interpreter: 3, note: 4, table: 6 } as const
const READABLE = 4
/** The largest page of the machines Node runs on. */
const PAGE = 0x1_0000

/** `file` with the note added. @throws when the file is laid out otherwise than node is */
export function addNote(file: Buffer, name: string, content: Buffer): Buffer {
  const start = readTable(file)
  const table = [...entries(file, start, file.readUInt16LE(56))]
  const interpreter = only(table, types.interpreter)
  const note = only(table, types.note)
  const loads = table.filter((entry) => typeOf(entry) === types.load)
  checkRoom(start + ENTRY * table.length, [interpreter, note])

  const first = padded(bytesOf(file, interpreter), 8)
  const second = padded(noteBytes(bytesOf(file, note), name, content), 4)
  const offset = roundUp(file.length, PAGE)
  const address = roundUp(
    Math.max(...loads.map((load) => get(load, at.address) + get(load, at.memory))),
    PAGE,
  )
  place(interpreter, offset, address, get(interpreter, at.size))
  place(note, offset + first.length, address + first.length, second.length)

  const segment = Buffer.alloc(ENTRY)
  segment.writeUInt32LE(types.load, at.type)
  segment.writeUInt32LE(READABLE, at.flags)
  set(segment, at.align, PAGE)
  place(segment, offset, address, first.length + second.length)
  // Segments that are loaded stand in the order of their addresses.
  table.splice(table.findLastIndex((entry) => typeOf(entry) === types.load) + 1, 0, segment)
  const own = only(table, types.table)
  place(own, get(own, at.offset), get(own, at.address), ENTRY * table.length)

  const result = Buffer.concat([file, Buffer.alloc(offset - file.length), first, second])
  Buffer.concat(table).copy(result, start)
  result.writeUInt16LE(table.length, 56)
  return result
}

function readTable(file: Buffer): number {
  const isElf64 = file.subarray(0, 6).equals(Buffer.from('\x7fELF\x02\x01', 'latin1'))
  if (!isElf64 || file.readUInt16LE(54) !== ENTRY)
    throw new Error('This is no 64-bit little-endian ELF file.')
  return get(file, 32)
}

/** Copies, so that the file stays as it was. */
function* entries(file: Buffer, start: number, count: number): Generator<Buffer> {
  for (let index = 0; index < count; index++) {
    yield Buffer.from(file.subarray(start + ENTRY * index, start + ENTRY * (index + 1)))
  }
}

function only(table: readonly Buffer[], type: number): Buffer {
  const [found, ...more] = table.filter((entry) => typeOf(entry) === type)
  if (!found || more.length > 0) throw new Error(`Expected one segment of type ${type}.`)
  return found
}

/** What the new entry overwrites must be only what moves away, and padding between. */
function checkRoom(end: number, leaving: readonly Buffer[]): void {
  let free = end
  for (const entry of leaving.toSorted((a, b) => get(a, at.offset) - get(b, at.offset))) {
    const offset = get(entry, at.offset)
    if (offset >= free && offset < free + 8) free = offset + get(entry, at.size)
  }
  if (free < end + ENTRY) throw new Error('There is no room for one more segment.')
}

function noteBytes(before: Buffer, name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt32LE(name.length + 1, 0)
  header.writeUInt32LE(content.length, 4)
  const title = Buffer.alloc(roundUp(name.length + 1, 4))
  title.write(name, 'latin1')
  return Buffer.concat([before, header, title, content])
}

function padded(bytes: Buffer, unit: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(roundUp(bytes.length, unit) - bytes.length)])
}

function bytesOf(file: Buffer, entry: Buffer): Buffer {
  return file.subarray(get(entry, at.offset), get(entry, at.offset) + get(entry, at.size))
}

function place(entry: Buffer, offset: number, address: number, size: number): void {
  set(entry, at.offset, offset)
  for (const field of [at.address, at.physical]) set(entry, field, address)
  for (const field of [at.size, at.memory]) set(entry, field, size)
}

function typeOf(entry: Buffer): number {
  return entry.readUInt32LE(at.type)
}

function get(bytes: Buffer, field: number): number {
  return Number(bytes.readBigUInt64LE(field))
}

function set(bytes: Buffer, field: number, value: number): void {
  bytes.writeBigUInt64LE(BigInt(value), field)
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit
}
