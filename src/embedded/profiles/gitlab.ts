import type { Digest } from '../../oci/index.ts'
import { isDigest } from '../../oci/index.ts'
import type { Around } from '../handler.ts'
import { profile } from './profile.ts'
import { common, withoutReferrers } from './traits.ts'

export const gitlab = profile({
  about: 'no referrers API; a tag sha256-<hex> that nobody pushed resolves to the digest itself',
  knownFrom: 'oras-go#1396',
  make: () => ({ prepare: withoutReferrers, around: [...common, aliasedDigest] }),
})

const aliasedDigest: Around = async (call, route, next) => {
  const alias = route.kind === 'manifest' && route.target?.kind === 'tag' && digestIn(route.target.tag)
  if (!alias || !['GET', 'HEAD'].includes(call.exchange.method)) return next(call, route)
  const answer = await next(call, route)
  return answer.status === 404 ? next(call, { ...route, target: { kind: 'digest', digest: alias } }) : answer
}

function digestIn(tag: string): Digest | undefined {
  const digest = tag.replace('-', ':')
  return isDigest(digest) ? digest : undefined
}
