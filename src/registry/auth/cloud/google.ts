import { givenGoogleToken, googleFile, googleToken } from '../../../cloud/index.ts'
import { noLogin } from './cloud-login.ts'
import type { CloudLogin } from './cloud-login.ts'

/** Artifact Registry and gcr.io: an access token of this environment, a service account's key as it is, or an identity that buys a token. */
export const googleLogin: CloudLogin = async (_registry, env, send) => {
  const given = givenGoogleToken(env)
  const file = given ? undefined : await googleFile(env)
  if (file?.json.type === 'service_account')
    return { credential: { kind: 'basic', username: '_json_key', password: file.text }, seconds: 12 * 3600 }
  const found = given ?? (file && (await googleToken(file, send)))
  if (!found) return noLogin
  const { token: password, seconds } = found
  return { credential: { kind: 'basic', username: 'oauth2accesstoken', password }, seconds }
}
