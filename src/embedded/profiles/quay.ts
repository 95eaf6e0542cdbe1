import { isObject, limits } from '../../base/index.ts'
import { refusal } from '../answer.ts'
import type { Around } from '../handler.ts'
import { complaint, peeked } from './alter.ts'
import { profile } from './profile.ts'
import { common } from './traits.ts'

export const quay = profile({
  about: 'a mount needs `from` (400 without); manifests with uncommon Docker layer types are refused',
  knownFrom: 'regclient#398 (mount); go-containerregistry#2078 (rootfs.diff.tar)',
  make: () => ({ around: [...common, mountNeedsFrom, strictSchema] }),
})

const mountNeedsFrom: Around = async (call, route, next) => {
  const { query } = call.exchange
  if (route.kind === 'uploads' && query.has('mount') && !query.has('from'))
    return complaint(400, 'BLOB_UPLOAD_INVALID', 'a mount needs "from"')
  return next(call, route)
}

const strictSchema: Around = async (call, route, next) => {
  if (route.kind !== 'manifest' || call.exchange.method !== 'PUT') return next(call, route)
  const { bytes, call: again } = await peeked(call, limits.manifestBytes)
  if (layerTypes(bytes).some(isOdd))
    throw refusal(400, 'MANIFEST_INVALID', 'the manifest does not fit its schema')
  return next(again, route)
}

const DOCKER_LAYERS = [
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
]

function isOdd(mediaType: unknown): boolean {
  const isDocker =
    typeof mediaType === 'string' && mediaType.startsWith('application/vnd.docker.image.rootfs.')
  return isDocker && !DOCKER_LAYERS.includes(mediaType)
}

function layerTypes(bytes: Buffer): readonly unknown[] {
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8'))
    return isObject(json) && Array.isArray(json.layers)
      ? json.layers.filter(isObject).map((l) => l.mediaType)
      : []
  } catch {
    return []
  }
}
