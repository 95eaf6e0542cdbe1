import type { TrustPolicy } from '../signing/index.ts'
import { didYouMean, oneOf } from './did-you-mean.ts'
import type { Problem } from './problems.ts'
import type { Resolved } from './resolve.ts'
import type { YamlFile } from './yaml-file.ts'

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
      if (gate.kind !== 'approval' && gate.kind !== 'signature') return []
      const path = [...resolved.pathOf(environment.name, 'gates'), index, gate.kind]
      const unknown = (
        key: string,
        noun: string,
        asked: readonly string[] = [],
        known: readonly string[] = [],
      ) =>
        asked.flatMap((name, at) => {
          if (known.includes(name)) return []
          const message = `Found the unknown ${noun} "${name}", the trust policy has ${oneOf(known)}.${didYouMean(name, known)}`
          return [file.problem([...path, key, at], message)]
        })
      return [
        ...unknown('signers', 'signer', gate.signers, ids),
        ...unknown('roles', 'role', gate.kind === 'approval' ? gate.roles : [], roles),
      ]
    }),
  )
}
