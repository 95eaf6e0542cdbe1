import type { Repository } from '../../oci/index.ts'

export type Action = 'pull' | 'push' | 'delete'

/** What one token must allow in one repository (distribution token scope). */
export interface Scope {
  readonly repository: Repository
  readonly actions: readonly Action[]
}

export function formatScope({ repository, actions }: Scope): string {
  return `repository:${repository.name}:${actions.join(',')}`
}

/** True when a token for `held` is good for everything in `needed`. */
export function covers(held: readonly Scope[], needed: readonly Scope[]): boolean {
  return needed.every(({ repository, actions }) =>
    held.some(
      (scope) =>
        scope.repository.name === repository.name &&
        actions.every((action) => scope.actions.includes(action)),
    ),
  )
}
