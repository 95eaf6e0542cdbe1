import { compareVersions, includes, isCustom } from './spdx-licence.ts'
import type { Expression, Licence } from './spdx-licence.ts'

/** What is allowed and denied. Without `allow` everything is allowed that is not denied. */
export interface LicenceRules {
  readonly allow?: readonly Licence[] | undefined
  readonly deny: readonly Licence[]
  /** Exceptions under which a denied licence is let through. */
  readonly exceptions: readonly string[]
}

/** unknown: a licence that only the document itself knows, of which no rule speaks. */
export type LicenceVerdict = 'allowed' | 'denied' | 'unknown'

const RANK: Readonly<Record<LicenceVerdict, number>> = { denied: 0, unknown: 1, allowed: 2 }

/** `OR` leaves the choice, so the best side counts; `AND` binds to both, so the worst does. */
export function judgeExpression(expression: Expression, rules: LicenceRules): LicenceVerdict {
  if ('licence' in expression) return judgeLicence(expression.licence, rules)
  const [left, right] = 'all' in expression ? expression.all : expression.any
  const one = judgeExpression(left, rules)
  const other = judgeExpression(right, rules)
  const [worse, better] = RANK[one] < RANK[other] ? [one, other] : [other, one]
  return 'all' in expression ? worse : better
}

/** "Or later" leaves the choice of a version: the first one, or a later one that is allowed by name. */
function judgeLicence(licence: Licence, rules: LicenceRules): LicenceVerdict {
  const versions = [licence.version, ...laterVersions(licence, rules)]
  if (versions.some((version) => isAllowed(licence, version, rules))) return 'allowed'
  const isNamed = [...(rules.allow ?? []), ...rules.deny].some(({ family }) => family === licence.family)
  return isCustom(licence) && !isNamed ? 'unknown' : 'denied'
}

function laterVersions(licence: Licence, { allow }: LicenceRules): readonly Licence['version'][] {
  if (!licence.orLater) return []
  const same = (allow ?? []).filter(({ family }) => family === licence.family)
  return same.map(({ version }) => version).filter((version) => compareVersions(version, licence.version) > 0)
}

function isAllowed(licence: Licence, version: Licence['version'], rules: LicenceRules): boolean {
  const { family, exception } = licence
  const speaks = (rule: Licence) =>
    includes(rule, family, version) && (rule.exception === undefined || rule.exception === exception)
  const lifted = exception !== undefined && rules.exceptions.includes(exception)
  if (rules.deny.some(speaks) && !lifted) return false
  if (rules.allow) return rules.allow.some(speaks)
  return !isCustom(licence)
}
