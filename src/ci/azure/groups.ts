import type { CiSettings } from '../../config/index.ts'

const PLACE = '{environment}'

/** Variable groups with a place in their name: one for each environment, build, pull request… */
export function groupsOf(scope: string, { azure: { variableGroups } }: CiSettings): readonly string[] {
  return variableGroups
    .filter((group) => group.includes(PLACE))
    .map((group) => group.replaceAll(PLACE, scope))
}

/** Those of every job. */
export function commonGroups({ azure: { variableGroups } }: CiSettings): readonly string[] {
  return variableGroups.filter((group) => !group.includes(PLACE))
}
