import { WaybillError } from '../../base/index.ts'
import type { Finding } from '../doctor-answer.ts'
import type { Patient } from './patient.ts'
import { predicateTypes, predicateUri } from '../../attestation/index.ts'

/** Each signing key: can it be read, and does anybody believe it? */
export async function examineKeys({ config, wired }: Patient): Promise<readonly Finding[]> {
  const facts = [...new Set([...Object.keys(config.sign), ...Object.keys(config.signing.facts)])]
  if (facts.length === 0)
    return [
      {
        group: 'keys',
        what: 'sign',
        result: 'warning',
        found: 'No signing key is configured: nothing can be signed here.',
        fix: 'Name keys under sign: in waybill.yaml; "waybill key generate" makes one.',
      },
    ]
  const found = await Promise.all(facts.map((fact) => examineKey(fact, config, wired)))
  return together(found)
}

/** One key may sign several classes of fact, and is told once. */
function together(findings: readonly Finding[]): readonly Finding[] {
  const same = Map.groupBy(findings, ({ result, found }) => `${result} ${found}`)
  return [...same.values()].flatMap(([first, ...rest]) =>
    first ? [{ ...first, what: [first, ...rest].map(({ what }) => what).join(', ') }] : [],
  )
}

async function examineKey(
  fact: string,
  { trust, sign, signing }: Patient['config'],
  { signers }: Patient['wired'],
): Promise<Finding> {
  const told = { group: 'keys', what: fact } as const
  const believed = trust.signers.filter(({ mayAssert }) => mayAssert.has(typeOf(fact)))
  if (believed.length === 0)
    return {
      ...told,
      result: 'problem',
      found: `No signer of the trust policy may assert ${fact}: what it signs counts nowhere.`,
      fix: 'Add its public key (waybill key public) to the trust policy, with mayAssert.',
    }
  if (signing.facts[fact]?.keyless)
    return { ...told, result: 'skipped', found: 'Keyless: the identity is only there inside a CI job.' }
  try {
    const signer = await signers.signer(fact)
    const by = believed.find((one) => one.kind === 'key' && 'hint' in signer && one.hint === signer.hint)
    if (by || believed.some(({ kind }) => kind !== 'key'))
      return {
        ...told,
        result: 'ok',
        found: by ? `Signs as ${by.id}.` : 'Can be read; its certificate is judged when it signs.',
      }
    return {
      ...told,
      result: 'problem',
      found: `Is none of those that may assert ${fact} (${believed.map(({ id }) => id).join(', ')}).`,
      fix: `Use the key of one of them, or add this one: waybill key public ${sign[fact]?.key ?? ''}`,
    }
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error
    return { ...told, result: 'problem', found: error.message, fix: error.next }
  }
}

/** The predicate type that a class of fact signs. */
function typeOf(fact: string): string {
  if (fact === 'build') return predicateTypes.provenance
  return fact === 'tests' ? predicateTypes['test-result'] : (predicateUri(fact) ?? fact)
}
