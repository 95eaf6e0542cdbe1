import { fail } from '../../base/index.ts'
import { registryErrors } from '../errors.ts'
import { isPlain } from '../http/origin.ts'

/**
 * The token server's address from a challenge. Credentials go there, so: https (plain http only when the registry
 * itself is plain and the realm is on a plain host too), no user information.
 * @throws CREDENTIALS_FAILED
 */
export function parseRealm(text: string | undefined, registry: URL, plainHttp: ReadonlySet<string>): URL {
  const realm = text !== undefined && URL.canParse(text) ? new URL(text) : undefined
  const plain = realm?.protocol === 'http:' && registry.protocol === 'http:' && isPlain(realm.host, plainHttp)
  if (realm && (realm.protocol === 'https:' || plain) && !realm.username && !realm.password) return realm
  throw fail(registryErrors.CREDENTIALS_FAILED, {
    message: `${registry.host} asks for credentials to be sent to an unsafe place (realm ${JSON.stringify(text?.slice(0, 200))}).`,
    where: registry.host,
    next: 'Expected an https address without user information. Do not log in to this registry before its operator repairs it.',
  })
}

/** The error for a registry that sends credentials to another host than it used to. */
export function realmMoved(registry: URL, known: string, realm: URL) {
  return fail(registryErrors.CREDENTIALS_FAILED, {
    message: `${registry.host} changed its token server from ${known} to ${realm.host}. No credentials were sent there.`,
    where: registry.host,
    next: 'Ask the operator of the registry. If the move is real, delete the cache folder of Waybill (WAYBILL_CACHE, by default ~/.cache/waybill) and run again.',
  })
}
