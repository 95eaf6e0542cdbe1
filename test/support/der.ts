/** Just enough DER (X.690) to make certificates and time stamps, right ones and wrong ones. */
const wrap = (tag: number, ...parts: readonly Uint8Array[]) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body])
}

function lengthOf(size: number): readonly number[] {
  if (size < 0x80) return [size]
  const bytes = []
  for (let rest = size; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

function oidBytes(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const arcs = [first * 40 + second, ...rest].flatMap((arc) => {
    const bytes = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      bytes.unshift((left & 0x7f) | 0x80)
    return bytes
  })
  return Buffer.from(arcs)
}

export const der = {
  sequence: (...parts: readonly Uint8Array[]) => wrap(0x30, ...parts),
  set: (...parts: readonly Uint8Array[]) => wrap(0x31, ...parts),
  /** `[n]`, constructed. */
  tagged: (n: number, ...parts: readonly Uint8Array[]) => wrap(0xa0 | n, ...parts),
  /** `[n]`, primitive. */
  implicit: (n: number, value: Uint8Array) => wrap(0x80 | n, value),
  /** Bytes are taken for a positive number as they are: the first must be 0x01 to 0x7f. */
  integer: (value: number | Buffer) => wrap(0x02, typeof value === 'number' ? Buffer.from([value]) : value),
  oid: (text: string) => wrap(0x06, oidBytes(text)),
  octets: (bytes: Uint8Array) => wrap(0x04, bytes),
  bits: (bytes: Uint8Array, unused = 0) => wrap(0x03, Buffer.from([unused]), bytes),
  boolean: (value: boolean) => wrap(0x01, Buffer.from([value ? 0xff : 0])),
  text: (value: string) => wrap(0x0c, Buffer.from(value)),
  null: () => wrap(0x05),
  time: (date: Date) => wrap(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, ''))),
}
