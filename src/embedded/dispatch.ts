import { json, Refusal, refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import { deleteBlob, getBlob } from './blobs.ts'
import { listRepositories, listTags } from './lists.ts'
import { deleteManifest, getManifest } from './manifests.ts'
import type { Call } from './parts.ts'
import { putManifest } from './put-manifest.ts'
import { listReferrers } from './referrers.ts'
import type { Route } from './router.ts'
import { deleteUpload, getUpload, patchUpload, postUpload, putUpload } from './uploads.ts'

type Methods = Readonly<Record<string, () => Answer | Promise<Answer>>>

/** Carries out one admitted request. @throws Refusal */
export async function dispatch(call: Call, route: Route): Promise<Answer> {
  const methods = methodsFor(call, route)
  const { method } = call.exchange
  const handler = methods[method === 'HEAD' ? 'GET' : method]
  if (handler) return handler()
  const allow = Object.keys(methods).join(', ')
  const errors = [{ code: 'UNSUPPORTED', message: `${method.slice(0, 20)} is not allowed here` }] as const
  throw new Refusal(405, errors, { allow })
}

function methodsFor(call: Call, route: Route): Methods {
  switch (route.kind) {
    case 'base':
      return { GET: () => json(200, {}) }
    case 'token':
      throw refusal(404, 'UNSUPPORTED', 'this registry does not use tokens')
    case 'catalog':
      return { GET: () => listRepositories(call) }
    case 'tags':
      return { GET: () => listTags(call, route.name) }
    case 'referrers':
      return { GET: () => listReferrers(call, route.name, route.digest) }
    case 'blob':
      return {
        GET: () => getBlob(call, route.name, route.digest),
        DELETE: () => deleteBlob(call, route.name, route.digest),
      }
    case 'manifest':
      return {
        GET: () => getManifest(call, route.name, route.target),
        PUT: () => putManifest(call, route.name, route.target),
        DELETE: () => deleteManifest(call, route.name, route.target),
      }
    case 'uploads':
      return { POST: () => postUpload(call, route.name) }
    case 'upload':
      return {
        GET: () => getUpload(call, route.name, route.id),
        PATCH: () => patchUpload(call, route.name, route.id),
        PUT: () => putUpload(call, route.name, route.id),
        DELETE: () => deleteUpload(call, route.name, route.id),
      }
  }
}
