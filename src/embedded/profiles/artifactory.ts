import type { Around } from '../handler.ts'
import { complaint } from './alter.ts'
import { profile } from './profile.ts'
import { common } from './traits.ts'

export const artifactory = profile({
  about: 'reading a manifest or tag list of a repository it does not have answers 403, not 404',
  knownFrom: 'clients’ notes: Artifactory hides what is missing behind 403',
  make: () => ({ around: [...common, hidden] }),
})

const hidden: Around = async (call, route, next) => {
  const answer = await next(call, route)
  const isRead = route.kind === 'manifest' || route.kind === 'tags'
  if (!isRead || answer.status !== 404 || call.parts.repositories.has(route.name)) return answer
  return complaint(403, 'DENIED', 'the requested access to the resource is denied')
}
