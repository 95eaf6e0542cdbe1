import type { BuildClaim } from './claim.ts'
import type { BuildFacts } from './build-facts.ts'
import { gitUrl } from './source.ts'

/** What one build type says, before the common fields are added. */
export type Told = Pick<BuildFacts, 'source' | 'commit' | 'understood'> &
  Partial<
    Pick<
      BuildFacts,
      'ref' | 'event' | 'author' | 'actor' | 'dirty' | 'isProtected' | 'runner' | 'workflow' | 'isHearsay'
    >
  >

/** Reads one build type. undefined = it is not of the form its type demands, or contradicts itself. */
export type Reading = (claim: BuildClaim) => Told | undefined

/** A source repository among the dependencies, at its commit. */
export interface GitDependency {
  readonly uri: string
  readonly commit: string
  readonly annotations: Readonly<Record<string, unknown>>
}

/** The first dependency that is a git commit. */
export function gitDependency({ dependencies }: BuildClaim): GitDependency | undefined {
  for (const { uri, digest, annotations } of dependencies) {
    const commit = digest?.['gitCommit'] ?? digest?.['sha1']
    if (commit) return { uri: uri ?? '', commit, annotations: annotations ?? {} }
  }
  return undefined
}

/** Of a build type nobody published a reading for: only what the SLSA fields say. No event: a pull request is not ruled out. */
export const readUnknown: Reading = (claim) => {
  const git = gitDependency(claim)
  return git && { source: gitUrl(git.uri), commit: git.commit, understood: [], ...authorIn(git) }
}

/** The commit's author, where the dependency's annotations name one. */
export function authorIn({ annotations }: GitDependency): { readonly author?: string } {
  const { author } = annotations
  return typeof author === 'string' && author !== '' ? { author: author.toLowerCase() } : {}
}

/** Leaves out what is undefined. */
export function stated<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never
}
