import { json } from '../answer.ts'
import type { Around } from '../handler.ts'
import { complaintsOf, withoutAnswerHeaders } from './alter.ts'
import { profile } from './profile.ts'
import { common, withoutReferrers } from './traits.ts'

export const nexus = profile({
  about:
    'no Docker-Content-Digest; an index with children missing is refused, listing them as BLOB_UNKNOWN; no referrers API',
  knownFrom: 'regclient#875 (sparse index), go-containerregistry#1749 (digest header)',
  make: () => ({ prepare: withoutReferrers, around: [...common, noDigest, blobUnknown] }),
})

const noDigest: Around = async (call, route, next) =>
  withoutAnswerHeaders(await next(call, route), 'docker-content-digest', 'etag')

const blobUnknown: Around = async (call, route, next) => {
  const answer = await next(call, route)
  const told = complaintsOf(answer)
  if (!told.some(({ code }) => code === 'MANIFEST_BLOB_UNKNOWN')) return answer
  return json(answer.status, { errors: told.map((error) => ({ ...error, code: 'BLOB_UNKNOWN' })) })
}
