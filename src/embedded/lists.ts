import { json, refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import type { RepositoryName } from './names.ts'
import { pageOf } from './paging.ts'
import type { Call } from './parts.ts'

/** `GET /v2/<name>/tags/list` (end-8). */
export async function listTags(call: Call, name: RepositoryName): Promise<Answer> {
  const { repositories } = call.parts
  if (!repositories.has(name))
    throw refusal(404, 'NAME_UNKNOWN', `there is no repository "${name}"`, { name })
  const page = pageOf(await repositories.tags(name), call.exchange.query, call.exchange.path)
  return json(200, { name, tags: page.entries }, page.headers)
}

/** `GET /v2/_catalog`: all repositories. Not in the specification any more, but clients use it. */
export function listRepositories(call: Call): Answer {
  const page = pageOf(call.parts.repositories.names(), call.exchange.query, call.exchange.path)
  return json(200, { repositories: page.entries }, page.headers)
}
