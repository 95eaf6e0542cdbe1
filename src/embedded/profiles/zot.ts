import type { Around } from '../handler.ts'
import { complaint, complaintsOf } from './alter.ts'
import { profile } from './profile.ts'
import { unconditional } from './traits.ts'

export const zot = profile({
  about:
    'several tags in one PUT; MANIFEST_INVALID without saying what is missing; 405 for `from` without `mount`',
  knownFrom: 'zot’s source (routes.go)',
  make: () => ({ around: [unconditional, fromAlone, noList] }),
})

const fromAlone: Around = async (call, route, next) => {
  const { query } = call.exchange
  if (route.kind === 'uploads' && query.has('from') && !query.has('mount'))
    return complaint(405, 'UNSUPPORTED', '"from" needs "mount"')
  return next(call, route)
}

const noList: Around = async (call, route, next) => {
  const answer = await next(call, route)
  const isIncomplete = complaintsOf(answer).some(({ code }) => code === 'MANIFEST_BLOB_UNKNOWN')
  return isIncomplete ? complaint(400, 'MANIFEST_INVALID', 'the manifest is not valid') : answer
}
