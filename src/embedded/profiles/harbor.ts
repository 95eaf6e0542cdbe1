import type { Answer } from '../answer.ts'
import type { Around } from '../handler.ts'
import { complaint, withHeaders } from './alter.ts'
import { profile } from './profile.ts'
import { common } from './traits.ts'

export interface HarborSettings {
  /** A vulnerability policy forbids pulling: manifests answer 412. Default false. */
  readonly policy?: boolean
}

export const harbor = profile<HarborSettings>({
  about:
    'a mount from an unknown project answers 401; HEAD and GET of a manifest give different lengths; with `policy` manifests answer 412',
  knownFrom: 'harbor#17097 (mount), harbor#19408 (412)',
  make: ({ policy = false }) => ({
    around: [...common, ...(policy ? [forbidden] : []), unknownProject, otherLength],
  }),
})

const unknownProject: Around = async (call, route, next) => {
  const from = call.exchange.query.get('from')
  if (route.kind !== 'uploads' || !call.exchange.query.has('mount') || from === null) return next(call, route)
  const projects = call.parts.repositories.names().map(projectOf)
  if (projects.includes(projectOf(from))) return next(call, route)
  return complaint(401, 'UNAUTHORIZED', `unauthorized to access repository: ${projectOf(from)}`)
}

const forbidden: Around = async (call, route, next) => {
  if (route.kind !== 'manifest' || !isRead(call.exchange.method)) return next(call, route)
  const answer = await next(call, route)
  return answer.status === 200
    ? complaint(412, 'PROJECTPOLICYVIOLATION', 'the image cannot be pulled due to the configured policy')
    : answer
}

const otherLength: Around = async (call, route, next) => {
  const answer = await next(call, route)
  if (route.kind !== 'manifest' || call.exchange.method !== 'HEAD' || answer.status !== 200) return answer
  return withHeaders(answer, { 'content-length': String(lengthOf(answer) + 1) })
}

function lengthOf({ body }: Answer): number {
  if (body === undefined) return 0
  return body instanceof Uint8Array ? body.length : body.end - body.start
}

function projectOf(name: string): string {
  return name.split('/')[0] ?? ''
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}
