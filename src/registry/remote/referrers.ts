import { fail, isFailure, limits } from '../../base/index.ts'
import { isIndexType, mediaTypes, parseManifest } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { bodyOf, complaintOf, dump } from '../http/answer.ts'
import type { Answer } from '../http/exchange.ts'
import { nextPage } from '../http/link-header.ts'
import type { Endpoint } from './endpoint.ts'

// Answers that mean "no referrers API here". A 303 is GHCR sending people to a web page: never followed.
const NO_API = [301, 302, 303, 307, 308, 400, 404, 405, 406, 410, 501]

/**
 * The referrers API (distribution-spec "listing referrers"). undefined = no answer from such an API: look at the
 * fallback tag. A registry without it is remembered; one that has answered before has an API, and whatever else it says
 * then is no "nothing there". @throws REGISTRY_ANSWER_INVALID, other registry errors
 */
export async function askReferrersApi(
  endpoint: Endpoint,
  digest: Digest,
): Promise<readonly Descriptor[] | undefined> {
  if (endpoint.abilities.referrersApi === false) return undefined
  const found: Descriptor[] = []
  let url: URL | string | undefined = `referrers/${digest}`
  for (let page = 0; url && page < limits.pages; page++) {
    const answer: Answer | undefined = await ask(endpoint, url)
    const entries = answer && (await entriesOf(endpoint, answer))
    if (!answer || !entries) {
      if (page > 0) throw brokenList(endpoint, `A later page of the referrers of ${digest} is not an index`)
      return undefined
    }
    found.push(...entries)
    if (found.length > limits.referrersPerDigest) throw tooMany(endpoint, digest)
    url = nextPage(answer.header('link'), answer.url)
  }
  if (url) throw tooMany(endpoint, digest)
  endpoint.abilities.referrersApi = true
  return found
}

async function ask(endpoint: Endpoint, url: URL | string): Promise<Answer | undefined> {
  try {
    const headers = { accept: mediaTypes.ociIndex }
    const expect = [200, ...NO_API]
    return await endpoint.send(['pull'], { method: 'GET', url, headers, expect, whole: limits.answerBytes })
  } catch (error) {
    // Some registries forbid what they do not know. A 401 is about us, and would hide every signature there is.
    const isForbidden = isFailure(error, registryErrors.REGISTRY_DENIED) && error.detail.status === 403
    if (isForbidden && !endpoint.abilities.referrersApi) return undefined
    throw error
  }
}

/** undefined when the answer is no list of referrers: an error, a redirect, a web page. */
async function entriesOf(endpoint: Endpoint, answer: Answer): Promise<readonly Descriptor[] | undefined> {
  const type = (answer.header('content-type') ?? '').split(';')[0]?.trim() ?? ''
  if (answer.status === 404) {
    const { codes } = await complaintOf(answer)
    // An unknown repository says nothing about the API; anything else does.
    if (codes.length === 0 || codes.includes('UNSUPPORTED')) endpoint.abilities.referrersApi ??= false
    return undefined
  }
  if (answer.status !== 200 || !isIndexType(type)) {
    await dump(answer)
    if (endpoint.abilities.referrersApi)
      throw brokenList(
        endpoint,
        `The referrers API answered ${answer.status} without a list; it gave one before`,
      )
    endpoint.abilities.referrersApi = false
    return undefined
  }
  const bytes = await bodyOf(answer, limits.answerBytes)
  const list = bytes && parseManifest(bytes, type, answer.url.host + answer.url.pathname)
  return list?.kind === 'index' ? list.manifests : undefined
}

function brokenList(endpoint: Endpoint, found: string) {
  return fail(registryErrors.REGISTRY_ANSWER_INVALID, { message: `${found}.`, where: endpoint.where })
}

/** More referrers than Waybill reads. Leaving some out silently could hide the one that matters. */
export function tooMany(endpoint: { readonly where: string }, digest: Digest) {
  return fail(registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `${digest} has more than ${limits.referrersPerDigest} referrers, or their list does not end.`,
    where: endpoint.where,
    next: 'Remove referrers nobody needs, then run again.',
  })
}
