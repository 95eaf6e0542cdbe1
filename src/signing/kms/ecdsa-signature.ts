/** Bytes of one number of a P-256 signature. */
const SIZE = 32

/**
 * r‖s (RFC 7518 §3.4, ES256) → the DER that everybody else expects (RFC 3279 §2.2.3).
 * undefined when these are not 64 bytes.
 */
export function derFromRaw(raw: Buffer): Buffer | undefined {
  if (raw.length !== 2 * SIZE) return undefined
  const body = Buffer.concat([integer(raw.subarray(0, SIZE)), integer(raw.subarray(SIZE))])
  return Buffer.concat([Buffer.from([0x30, body.length]), body])
}

/** True for exactly the DER of a P-256 signature: two numbers in their shortest form, and nothing behind them. */
export function isDer(bytes: Buffer): boolean {
  const [first, second] = [bytes[3] ?? 0, bytes[5 + (bytes[3] ?? 0)] ?? 0]
  if (first === 0 || second === 0 || first > SIZE + 1 || second > SIZE + 1) return false
  const r = bytes.subarray(4, 4 + first)
  const s = bytes.subarray(6 + first, 6 + first + second)
  return derFromRaw(Buffer.concat([padded(r), padded(s)]))?.equals(bytes) ?? false
}

/** Shortest form, not negative. */
function integer(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0)
  const digits = bytes.subarray(start < 0 ? bytes.length - 1 : start)
  const positive = (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.from([0]), digits])
  return Buffer.concat([Buffer.from([0x02, positive.length]), positive])
}

function padded(number: Buffer): Buffer {
  const digits = number.length > SIZE ? number.subarray(1) : number
  return Buffer.concat([Buffer.alloc(SIZE - digits.length), digits])
}
