import { askCloud, cloudFailed, noLogin, secretFile, textIn } from './cloud-login.ts'
import type { CloudLogin } from './cloud-login.ts'

// An ACR refresh token lasts three hours; a new one costs two requests.
const LASTS = 3600
const AUTHORITY = 'https://login.microsoftonline.com'
// AZURE_AUTHORITY_HOST may name another cloud, not just any host.
const AUTHORITIES = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.chinacloudapi.cn',
  'login.partner.microsoftonline.cn',
])
// The registry's own audience: good for registries and nothing else of Azure.
const SCOPE = 'https://containerregistry.azure.net/.default'

/**
 * Azure Container Registry by workload identity: the federated token of this pod or job buys an Entra token, that a
 * refresh token of the registry (`/oauth2/exchange`), and that its tokens as usual.
 */
export const azureLogin: CloudLogin = async (registry, env, send) => {
  const { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_CLIENT_ID: client, AZURE_TENANT_ID: tenant } = env
  if (!file || !client || !tenant) return noLogin
  const entra = entraUrl(env.AZURE_AUTHORITY_HOST || AUTHORITY, tenant)
  const identity = await askCloud(send, {
    url: entra,
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client,
      scope: SCOPE,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await secretFile(file),
    }),
  })
  const exchanged = await askCloud(send, {
    url: new URL(`https://${registry}/oauth2/exchange`),
    body: new URLSearchParams({
      grant_type: 'access_token',
      service: registry,
      tenant,
      access_token: textIn(identity, entra.host, 'access_token'),
    }),
  })
  const token = textIn(exchanged, registry, 'refresh_token')
  return { credential: { kind: 'identity', username: NOBODY, token }, seconds: LASTS }
}

/** The user name that ACR takes a refresh token with. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

function entraUrl(authority: string, tenant: string): URL {
  const base = URL.canParse(authority) ? new URL(authority) : undefined
  if (base?.protocol !== 'https:' || !AUTHORITIES.has(base.host))
    throw cloudFailed('AZURE_AUTHORITY_HOST', `Expected one of ${[...AUTHORITIES].join(', ')}.`)
  return new URL(`https://${base.host}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`)
}
