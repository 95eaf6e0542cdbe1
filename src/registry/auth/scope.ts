import type { Repository } from '../../oci/index.ts'

/** `*` is never asked for by us: some registries demand it where others say delete. */
export type Action = 'pull' | 'push' | 'delete' | '*'

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

/** The same scopes with those of the first of `needed` in front: some token servers read no further. */
export function neededFirst(scopes: readonly Scope[], needed: readonly Scope[]): readonly Scope[] {
  const first = needed[0]?.repository.name
  const isFirst = ({ repository }: Scope) => repository.name === first
  return [...scopes.filter(isFirst), ...scopes.filter((scope) => !isFirst(scope))]
}

/** `held` without the repositories of `refused`. */
export function without(held: readonly Scope[], refused: readonly Scope[]): readonly Scope[] {
  const names = new Set(refused.map(({ repository }) => repository.name))
  return held.filter(({ repository }) => !names.has(repository.name))
}

/**
 * `needed`, and what a challenge's `scope` demands beyond it in the same repositories. What it says about others is
 * ignored: a registry must not make us buy it a token for something we did not ask for.
 */
export function demanded(needed: readonly Scope[], challenge: string | undefined): readonly Scope[] {
  const words = wordsOf(challenge).map((word) => /^repository:([^:]+):([a-z*,]+)$/.exec(word))
  return needed.map(({ repository, actions }) => {
    const more = words
      .filter((match) => match?.[1] === repository.name)
      .flatMap((match) => (match?.[2] ?? '').split(',').filter(isAction))
    return { repository, actions: [...new Set([...actions, ...more])] }
  })
}

/** Scopes of a challenge that name no resource, such as `aws` at ECR Public: they belong to every request there. */
export function bareScopes(challenge: string | undefined): readonly string[] {
  return wordsOf(challenge).filter((word) => /^[a-z0-9_-]{1,32}$/.test(word))
}

const MAX_WORDS = 16

function wordsOf(challenge: string | undefined): readonly string[] {
  return (challenge ?? '').split(/\s+/).filter(Boolean).slice(0, MAX_WORDS)
}

function isAction(text: string): text is Action {
  return text === 'pull' || text === 'push' || text === 'delete' || text === '*'
}
