import { askCloud, azureToken, textIn } from '../../../cloud/index.ts'
import { noLogin } from './cloud-login.ts'
import type { CloudLogin } from './cloud-login.ts'

// An ACR refresh token lasts three hours; a new one costs two requests.
const LASTS = 3600
// The registry's own audience: good for registries and nothing else of Azure.
const SCOPE = 'https://containerregistry.azure.net/.default'
/** The user name that ACR takes a refresh token with. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * Azure Container Registry by the identity of this environment: its Entra token buys a refresh token of the registry
 * (`/oauth2/exchange`), and that its tokens as usual.
 */
export const azureLogin: CloudLogin = async (registry, env, send) => {
  const entra = await azureToken(SCOPE, env, send)
  if (!entra) return noLogin
  const form = { grant_type: 'access_token', service: registry, access_token: entra.token }
  const tenant = env.AZURE_TENANT_ID || env.AZURESUBSCRIPTION_TENANT_ID
  const body = new URLSearchParams({ ...form, ...(tenant && { tenant }) })
  const exchanged = await askCloud(send, { url: new URL(`https://${registry}/oauth2/exchange`), body })
  const token = textIn(exchanged, registry, 'refresh_token')
  return { credential: { kind: 'identity', username: NOBODY, token }, seconds: LASTS }
}
