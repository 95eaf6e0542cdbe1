import type { Around } from '../handler.ts'
import { complaint } from './alter.ts'
import { profile } from './profile.ts'
import { common } from './traits.ts'

export const gar = profile({
  about: 'no uploads in chunks: a PATCH with Content-Range, or a second one, is refused',
  knownFrom: 'Google Artifact Registry’s documentation: “chunked uploads are not supported”',
  make: () => ({ around: [...common, noChunks] }),
})

const noChunks: Around = async (call, route, next) => {
  if (route.kind !== 'upload' || call.exchange.method !== 'PATCH') return next(call, route)
  const upload = await call.parts.uploads.find(route.name, route.id)
  const isChunk = call.exchange.headers['content-range'] !== undefined || (upload?.size ?? 0) > 0
  return isChunk ? complaint(400, 'UNSUPPORTED', 'chunked uploads are not supported') : next(call, route)
}
