import { buildsOf } from './builds.ts'
import type { Facts } from './facts.ts'
import type { Fact } from './predicates.ts'
import { isMeant } from './people.ts'

/** Everybody whom verified provenance names as the author of the commit, in lower case. */
export function authorsOf({ evidence, build }: Pick<Facts, 'evidence' | 'build'>): readonly string[] {
  const told = buildsOf(evidence).builds.map(({ facts }) => facts.author)
  return [...new Set([build?.author, ...told])].flatMap((author) => author?.toLowerCase() ?? [])
}

/** Why somebody cannot be told from the author, or is the author; undefined when neither. */
export function authorFlaw({ signer }: Pick<Fact<unknown>, 'signer'>, authors: readonly string[]) {
  if (signer.identity === undefined)
    return 'the trust policy gives this signer no identity, so it cannot be told from the author'
  return authors.some((author) => isMeant(author, signer)) ? 'is the author of the commit' : undefined
}
