import { matchesGlob } from './glob.ts'
import type { LicencesOptions } from './licence-options.ts'
import { judgeExpression } from './licence-rules.ts'
import type { LicensedPackage } from './licensed-packages.ts'
import type { Expression } from './spdx-licence.ts'

/** A licence of a package that is not let in. */
export interface LicenceProblem {
  /** As the SBOM writes it; `NOASSERTION` when it states none. */
  readonly licence: string
  readonly package: LicensedPackage
  /** Nothing that SPDX knows, so nobody can tell what it demands. */
  readonly unknown: boolean
}

/** All licences of a package bind, so each is judged by itself. */
export function licenceProblems(
  packages: readonly LicensedPackage[],
  options: LicencesOptions,
  parse: (text: string) => Expression | undefined,
): readonly LicenceProblem[] {
  return packages.flatMap((one) =>
    (one.licences.size === 0 ? ['NOASSERTION'] : [...one.licences]).flatMap((licence) => {
      const expression = parse(licence)
      const verdict = expression ? judgeExpression(expression, options) : 'unknown'
      if (verdict === 'allowed' || (verdict === 'unknown' && options.unknown === 'allow')) return []
      return [{ licence, package: one, unknown: verdict === 'unknown' }]
    }),
  )
}

export function isIgnored({ identity, name, purl }: LicensedPackage, { ignore }: LicencesOptions): boolean {
  const texts = [identity, name, ...(purl === undefined ? [] : [purl])]
  return ignore.some(({ packages }) =>
    packages.some((glob) => {
      const [literal = ''] = glob.split(/[*?]/, 1)
      return texts.some((text) => text.startsWith(literal) && matchesGlob(text, glob))
    }),
  )
}
