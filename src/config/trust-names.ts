import type { TrustPolicy } from '../signing/index.ts'
import { didYouMean, oneOf } from './did-you-mean.ts'
import type { Problem } from './problems.ts'
import type { Resolved } from './resolve.ts'
import type { Path, YamlFile } from './yaml-file.ts'

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
      const path = [...resolved.pathOf(environment.name, 'exceptions'), key, 'roles']
      return unknownNames(environment.exceptions?.[key]?.roles, 'role', roles, path, file)
    }),
  )
  const inGates = [...resolved.environments.values()].flatMap((environment) =>
    environment.gates.flatMap((gate, index) => {
      if (gate.kind !== 'approval' && gate.kind !== 'signature') return []
      const path = [...resolved.pathOf(environment.name, 'gates'), index, gate.kind]
      return [
        ...unknownNames(gate.signers, 'signer', ids, [...path, 'signers'], file),
        ...unknownNames(gate.kind === 'approval' ? gate.roles : [], 'role', roles, [...path, 'roles'], file),
      ]
    }),
  )
  return [...inGates, ...exceptions]
}

function unknownNames(
  asked: readonly string[] = [],
  noun: string,
  known: readonly string[],
  path: Path,
  file: YamlFile,
): readonly Problem[] {
  return asked.flatMap((name, at) => {
    if (known.includes(name)) return []
    const message = `Found the unknown ${noun} "${name}", the trust policy has ${oneOf(known)}.${didYouMean(name, known)}`
    return [file.problem([...path, at], message)]
  })
}
