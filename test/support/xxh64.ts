const PRIMES = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const
const [P1, P2, P3, P4, P5] = PRIMES

const word = (value: bigint) => BigInt.asUintN(64, value)
const turn = (value: bigint, bits: bigint) => word(value << bits) | (value >> (64n - bits))
const round = (lane: bigint, input: bigint) => word(turn(word(lane + input * P2), 31n) * P1)
const merge = (hash: bigint, lane: bigint) => word((hash ^ round(0n, lane)) * P1 + P4)

/** XXH64 with seed 0 (xxHash specification 0.1.1), as 16 hex digits. */
export function xxh64(bytes: Buffer): string {
  let at = 0
  let hash: bigint = P5
  if (bytes.length >= 32) {
    let lanes = [word(P1 + P2), P2, 0n, word(-P1)]
    for (; at + 32 <= bytes.length; at += 32)
      lanes = lanes.map((lane, index) => round(lane, bytes.readBigUInt64LE(at + 8 * index)))
    const [a = 0n, b = 0n, c = 0n, d = 0n] = lanes
    hash = lanes.reduce(merge, word(turn(a, 1n) + turn(b, 7n) + turn(c, 12n) + turn(d, 18n)))
  }
  hash = word(hash + BigInt(bytes.length))
  for (; at + 8 <= bytes.length; at += 8)
    hash = word(turn(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * P1 + P4)
  for (; at + 4 <= bytes.length; at += 4)
    hash = word(turn(hash ^ word(BigInt(bytes.readUInt32LE(at)) * P1), 23n) * P2 + P3)
  for (; at < bytes.length; at++) hash = word(turn(hash ^ word(BigInt(bytes[at] ?? 0) * P5), 11n) * P1)
  hash = word((hash ^ (hash >> 33n)) * P2)
  hash = word((hash ^ (hash >> 29n)) * P3)
  return (hash ^ (hash >> 32n)).toString(16).padStart(16, '0')
}
