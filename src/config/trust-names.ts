import type { Gate } from '../policy/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import { didYouMean, oneOf } from './did-you-mean.ts'
import type { Problem } from './problems.ts'
import type { Resolved } from './resolve.ts'
import type { Path, YamlFile } from './yaml-file.ts'

/** A name as a gate's options have it, and where among them. */
interface Named {
  readonly name: string
  readonly at: Path
  readonly isKey?: true
}

/** Signers and roles that gates name and the trust policy does not have: such a gate could never be met. */
export function trustNameProblems(
  resolved: Resolved,
  trust: TrustPolicy,
  file: YamlFile,
): readonly Problem[] {
  const ids = trust.signers.map((signer) => signer.id)
  const roles = [...new Set(trust.signers.flatMap((signer) => signer.roles))]
  return [...resolved.environments.values()].flatMap((environment) =>
    environment.gates.flatMap((gate, index) => {
      const path = [...resolved.pathOf(environment.name, 'gates'), index, gate.kind]
      const unknown = (noun: string, asked: readonly Named[], known: readonly string[]) =>
        asked.flatMap(({ name, at, isKey }) => {
          if (known.includes(name)) return []
          const message = `Found the unknown ${noun} "${name}", the trust policy has ${oneOf(known)}.${didYouMean(name, known)}`
          return [file.problem([...path, ...at], message, isKey && { at: 'key' })]
        })
      return [...unknown('signer', signersOf(gate), ids), ...unknown('role', rolesOf(gate), roles)]
    }),
  )
}

function signersOf(gate: Gate): readonly Named[] {
  if (!('signers' in gate)) return []
  return (gate.signers ?? []).map((name, index) => ({ name, at: ['signers', index] }))
}

function rolesOf(gate: Gate): readonly Named[] {
  if (gate.kind !== 'approval' || !gate.roles) return []
  return Array.isArray(gate.roles)
    ? gate.roles.map((name, index) => ({ name, at: ['roles', index] }))
    : Object.keys(gate.roles).map((name) => ({ name, at: ['roles', name], isKey: true }))
}
