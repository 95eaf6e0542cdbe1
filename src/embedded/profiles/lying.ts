import { digestOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { corrupted, through } from '../faults.ts'
import type { Around } from '../handler.ts'
import type { Call } from '../parts.ts'
import { withHeaders } from './alter.ts'
import { profile } from './profile.ts'

type Subject = 'digest' | 'bytes' | 'length' | 'tags'

export interface LyingSettings {
  /** What is lied about. Default: all of it. */
  readonly about?: readonly Subject[]
}

/** The digest a lying registry names, whatever it is asked for. */
const WRONG = digestOf('something else')

export const lying = profile<LyingSettings>({
  about:
    'a wrong Docker-Content-Digest, wrong bytes, a Content-Length one short, tags as they were one push ago',
  knownFrom: 'GHSA-qv35-3gw6-8q4j (digest), GHSA-f36w-mj3v-6jqv (size); caches in front of registries (tags)',
  make: ({ about = ['digest', 'bytes', 'length', 'tags'] }) => ({
    around: about.map((subject) => lies[subject]()),
  }),
})

const lies: Readonly<Record<Subject, () => Around>> = {
  digest: () => wrongDigest,
  bytes: () => content((answer) => ({ ...answer, ...through([answer.through, corrupted]) })),
  length: () => content((answer) => withHeaders(answer, { 'content-length': String(sizeOf(answer) - 1) })),
  tags: staleTags,
}

const wrongDigest: Around = async (call, route, next) => {
  const answer = await next(call, route)
  const named = answer.headers['docker-content-digest'] !== undefined
  return named ? withHeaders(answer, { 'docker-content-digest': WRONG }) : answer
}

/** Changes the answers that carry manifests and blobs. */
function content(change: (answer: Answer) => Answer): Around {
  return async (call, route, next) => {
    const answer = await next(call, route)
    const isContent = (route.kind === 'manifest' || route.kind === 'blob') && answer.status === 200
    return isContent && sizeOf(answer) > 1 ? change(answer) : answer
  }
}

/** The first read after a tag was moved still sees where it was. */
function staleTags(): Around {
  const before = new Map<string, Digest | undefined>()
  return async (call, route, next) => {
    if (route.kind !== 'manifest') return next(call, route)
    const tag = route.target?.kind === 'tag' ? route.target.tag : undefined
    if (call.exchange.method === 'PUT') {
      for (const moved of [...(tag === undefined ? [] : [tag]), ...call.exchange.query.getAll('tag')])
        before.set(`${route.name}:${moved}`, await call.parts.repositories.tag(route.name, moved))
      return next(call, route)
    }
    const key = `${route.name}:${tag}`
    if (!isRead(call) || !before.has(key)) return next(call, route)
    const digest = before.get(key)
    before.delete(key)
    if (!digest) throw refusal(404, 'MANIFEST_UNKNOWN', 'this repository does not hold that manifest')
    return next(call, { ...route, target: { kind: 'digest', digest } })
  }
}

function isRead({ exchange }: Call): boolean {
  return exchange.method === 'GET' || exchange.method === 'HEAD'
}

function sizeOf({ body }: Answer): number {
  if (body === undefined) return 0
  return body instanceof Uint8Array ? body.length : body.end - body.start
}
