import { fail, isObject, parseSecretJson } from '../../base/index.ts'
import type { Fetched } from '../../base/index.ts'
import type { Send } from '../../cloud/index.ts'
import { signingErrors } from '../errors.ts'
import type { VaultPlace } from './vault-identity.ts'

export interface VaultLogin {
  /** Where the auth method is mounted. */
  readonly path: string
  readonly role: string
  readonly jwt: string
}

/** `auth/<path>/login` with a role and a JWT: the form of the jwt and the kubernetes method. @throws KMS_DENIED, KMS_UNAVAILABLE */
export async function askLogin(
  { api, headers }: VaultPlace,
  { path, role, jwt }: VaultLogin,
  send: Send,
): Promise<Fetched<string>> {
  const url = new URL(`${api}/auth/${path}/login`)
  const body = Buffer.from(JSON.stringify({ role, jwt }))
  const { status, body: bytes } = await send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  const json = bytes && parseSecretJson(bytes, url.host)
  const auth = status === 200 && isObject(json) && isObject(json.auth) ? json.auth : {}
  const { client_token: value, lease_duration: seconds } = auth
  if (typeof value === 'string' && value !== '')
    return { value, lasts: typeof seconds === 'number' && seconds > 0 ? (seconds * 1000) / 2 : Infinity }
  const busy = status === 429 || status >= 500
  throw fail(busy ? signingErrors.KMS_UNAVAILABLE : signingErrors.KMS_DENIED, {
    message: `Vault answered ${status} to a login with the role ${role} at auth/${path}.`,
    where: url.host,
    ...(!busy && {
      next: 'Check the role, what its bound claims ask for, and where the auth method is mounted.',
    }),
  })
}
