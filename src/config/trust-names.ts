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
  const exceptions = [...resolved.environments.values()].flatMap((environment) =>
    (['waive', 'breakGlass'] as const).flatMap((key) => {
      const path = [...resolved.pathOf(environment.name, 'exceptions'), key]
      const asked = environment.exceptions?.[key]?.roles ?? []
      return unknownNames(listed('roles', asked), 'role', roles, path, file)
    }),
  )
  const inGates = [...resolved.environments.values()].flatMap((environment) =>
    environment.gates.flatMap((gate, index) => {
      const path = [...resolved.pathOf(environment.name, 'gates'), index, gate.kind]
      return [
        ...unknownNames(signersOf(gate), 'signer', ids, path, file),
        ...unknownNames(rolesOf(gate), 'role', roles, path, file),
      ]
    }),
  )
  return [...inGates, ...exceptions]
}

function unknownNames(
  asked: readonly Named[],
  noun: string,
  known: readonly string[],
  path: Path,
  file: YamlFile,
): readonly Problem[] {
  return asked.flatMap(({ name, at, isKey }) => {
    if (known.includes(name)) return []
    const message = `Found the unknown ${noun} "${name}", the trust policy has ${oneOf(known)}.${didYouMean(name, known)}`
    return [file.problem([...path, ...at], message, isKey && { at: 'key' })]
  })
}

function signersOf(gate: Gate): readonly Named[] {
  return 'signers' in gate ? listed('signers', gate.signers ?? []) : []
}

function rolesOf(gate: Gate): readonly Named[] {
  if (gate.kind !== 'approval' || !gate.roles) return []
  return Array.isArray(gate.roles)
    ? listed('roles', gate.roles)
    : Object.keys(gate.roles).map((name) => ({ name, at: ['roles', name], isKey: true }))
}

function listed(key: string, names: readonly string[]): readonly Named[] {
  return names.map((name, index) => ({ name, at: [key, index] }))
}
