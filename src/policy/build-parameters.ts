import type { BuildFacts } from '../attestation/index.ts'
import { matchesGlob } from './glob.ts'
import { count, quote } from './judgement.ts'

/** What is asked of the external parameters of a build. */
export interface ParameterRule {
  /** By path; values are globs. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly unexpectedParameters?: 'allow' | 'deny' | undefined
  readonly otherParameters?: readonly string[] | undefined
}

/**
 * Why the parameters do not do; undefined when they do. What is required must be stated by one statement and
 * contradicted by none. SLSA: a verifier should reject external parameters that it does not expect.
 */
export function parameterFlaw(builds: readonly BuildFacts[], rule: ParameterRule): string | undefined {
  for (const [name, wanted] of Object.entries(rule.parameters ?? {})) {
    const found = builds.flatMap(({ parameters }) =>
      Object.hasOwn(parameters, name) ? [parameters[name] ?? ''] : [],
    )
    if (found.length === 0) return `The parameter ${quote(name)} is not stated, required: ${quote(wanted)}.`
    const wrong = found.find((value) => !matchesGlob(value, wanted))
    if (wrong !== undefined)
      return `The parameter ${quote(name)} is ${quote(wrong)}, required: ${quote(wanted)}.`
  }
  if (rule.unexpectedParameters !== 'deny') return undefined
  const unexpected = builds.flatMap((build) => unexpectedIn(build, rule))
  const [first] = unexpected
  if (first === undefined) return undefined
  return `Built with ${count(unexpected.length, 'unexpected parameter')}, the first is ${quote(first)}.`
}

function unexpectedIn({ parameters, understood }: BuildFacts, rule: ParameterRule): readonly string[] {
  const expected = new Set([...understood, ...Object.keys(rule.parameters ?? {})])
  const others = rule.otherParameters ?? []
  return Object.keys(parameters).filter(
    (name) => !expected.has(name) && !others.some((glob) => matchesGlob(name, glob)),
  )
}
