import { fail, limits } from '../../base/index.ts'
import { registryErrors } from '../errors.ts'
import type { Answer } from './exchange.ts'

/**
 * Where a redirect answer points; undefined when it is none. Never from https down to http.
 * @throws REGISTRY_ANSWER_INVALID
 */
export function redirectTarget(answer: Answer, hops: number): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return undefined
  const location = answer.header('location') ?? ''
  const url = URL.canParse(location, answer.url.href) ? new URL(location, answer.url) : undefined
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && answer.url.protocol === 'http:')
  if (!url || !location || !secure) throw badRedirect(answer, 'to no usable address')
  if (hops > limits.redirects) throw badRedirect(answer, `more than ${limits.redirects} times`)
  return url
}

/**
 * Where to send the bytes of an upload. May be relative or on another host; a proxy that forgets it speaks TLS
 * names our own host with http, which means our own origin. @throws REGISTRY_ANSWER_INVALID
 */
export function uploadTarget(answer: Answer, origin: string): URL {
  const location = answer.header('location') ?? ''
  const url = location && URL.canParse(location, answer.url.href) ? new URL(location, answer.url) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw badRedirect(answer, 'an upload to no usable address')
  const own = new URL(origin)
  if (own.protocol === 'https:' && url.protocol === 'http:') {
    if (url.hostname !== own.hostname) throw badRedirect(answer, 'an upload from https to http')
    return new URL(`${own.origin}${url.pathname}${url.search}`)
  }
  return url
}

function badRedirect(answer: Answer, how: string) {
  return fail(registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `${answer.url.host} redirects ${how}.`,
    where: answer.url.host + answer.url.pathname,
  })
}
