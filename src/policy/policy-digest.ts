import { isObject } from '../base/index.ts'
import type { Digest } from '../oci/index.ts'
import { digestOf } from '../oci/index.ts'
import type { Exceptions } from './exception-rules.ts'
import type { Gate } from './schema.ts'

/**
 * sha256 over an environment's gates, its exceptions if it has any, and the trust policy, as canonical JSON: sorted keys, no spaces. How the file
 * spells them (key order, defaults, `60m` or `1h`) does not matter; the order of the gates does.
 */
export function policyDigest(gates: readonly Gate[], trustDigest: Digest, exceptions?: Exceptions): Digest {
  return digestOf(JSON.stringify(canonical({ version: 1, gates, exceptions, trust: trustDigest })))
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isObject(value)) return value
  const known = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(known.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, canonical(v)]))
}
