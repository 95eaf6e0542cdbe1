import type { Around } from '../handler.ts'
import { complaint, withoutQuery } from './alter.ts'
import { profile } from './profile.ts'
import { common, noSinglePost, withoutReferrers } from './traits.ts'

export const distribution2 = profile({
  about:
    'docker-registry 2.8: no referrers API, no single POST (202), no mount without `from`, no tag delete (400), tag lists in one page',
  knownFrom: 'docker-registry 2.8.2 itself',
  make: () => ({
    prepare: withoutReferrers,
    around: [...common, noSinglePost, mountNeedsFrom, noTagDelete, onePage],
  }),
})

const mountNeedsFrom: Around = (call, route, next) => {
  const isAnonymous = route.kind === 'uploads' && !call.exchange.query.has('from')
  return next(isAnonymous ? withoutQuery(call, 'mount') : call, route)
}

const noTagDelete: Around = async (call, route, next) => {
  const isTag = route.kind === 'manifest' && route.target?.kind === 'tag'
  if (!isTag || call.exchange.method !== 'DELETE') return next(call, route)
  return complaint(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content')
}

const onePage: Around = (call, route, next) =>
  next(route.kind === 'tags' ? withoutQuery(call, 'n', 'last') : call, route)
