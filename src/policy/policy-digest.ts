import { isObject } from '../base/index.ts'
import type { Digest } from '../oci/index.ts'
import { digestOf } from '../oci/index.ts'
import type { Exceptions } from './exception-rules.ts'
import type { Gate } from './schema.ts'

/**
 * sha256 over an environment's gates, its exceptions if it has any, and the trust policy, as canonical JSON: sorted keys,
 * no spaces. How the file spells them (key order, defaults, `60m` or `1h`) does not matter; the order of the gates does.
 * @param source the application's repository, by which the gate `provenance` goes where it names none
 */
export function policyDigest(
  gates: readonly Gate[],
  trustDigest: Digest,
  exceptions?: Exceptions,
  source?: string,
): Digest {
  const meant = gates.map((gate) =>
    gate.kind === 'provenance' ? { ...gate, source: gate.source ?? source } : gate,
  )
  return digestOf(JSON.stringify(canonical({ version: 1, gates: meant, exceptions, trust: trustDigest })))
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isObject(value)) return value
  const known = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(known.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, canonical(v)]))
}
