import { accessTokenIn, askCloud, loginFailed, secretFile, textIn } from './ask-cloud.ts'
import type { CloudToken } from './ask-cloud.ts'
import { actionsTokens, pipelinesTokens } from './job-token.ts'
import type { JobTokenService } from './job-token.ts'
import type { Send } from './send.ts'

const AUTHORITY = 'https://login.microsoftonline.com'
// AZURE_AUTHORITY_HOST may name another cloud, not just any host.
const AUTHORITIES = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.chinacloudapi.cn',
  'login.partner.microsoftonline.cn',
])
const FEDERATED = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** What Entra expects a federated token to be for. */
const AUDIENCE = 'api://AzureADTokenExchange'

/** How an application proves itself to Entra (RFC 6749 §2.3.1, RFC 7523 §2.2). */
type Proof = Readonly<Record<string, string>>

interface Application {
  readonly client: string
  readonly tenant: string
  readonly proof: () => Promise<Proof>
}

/**
 * An Entra token of this environment's identity, by the variables of Azure Identity: a client secret, a federated
 * token in a file (workload identity), or the one that an Azure Pipelines or GitHub Actions job may ask for.
 * undefined = none of these. The metadata server is never asked.
 * @param scope the one audience it is good for, e.g. `https://vault.azure.net/.default`
 * @throws CLOUD_LOGIN_FAILED, CLOUD_BUSY
 */
export async function azureToken(
  scope: string,
  env: NodeJS.ProcessEnv,
  send: Send,
): Promise<CloudToken | undefined> {
  const application = applicationOf(env, send)
  if (!application) return undefined
  const { client, tenant, proof } = application
  const url = entraUrl(env.AZURE_AUTHORITY_HOST || AUTHORITY, tenant)
  const form = { grant_type: 'client_credentials', client_id: client, scope, ...(await proof()) }
  return accessTokenIn(await askCloud(send, { url, body: new URLSearchParams(form) }), url.host)
}

function applicationOf(env: NodeJS.ProcessEnv, send: Send): Application | undefined {
  const { AZURE_CLIENT_ID: client, AZURE_TENANT_ID: tenant } = env
  const { AZURE_CLIENT_SECRET: secret, AZURE_FEDERATED_TOKEN_FILE: file } = env
  if (client && tenant) {
    if (secret) return { client, tenant, proof: async () => ({ client_secret: secret }) }
    if (file) return { client, tenant, proof: async () => federated(await secretFile(file)) }
  }
  return ofPipelines(env, send) ?? (client && tenant ? ofActions(client, tenant, env, send) : undefined)
}

/** Azure Pipelines: a task with a service connection, and the job's own token, which the pipeline must hand over. */
function ofPipelines(env: NodeJS.ProcessEnv, send: Send): Application | undefined {
  const { AZURESUBSCRIPTION_CLIENT_ID: client, AZURESUBSCRIPTION_TENANT_ID: tenant } = env
  const connection = env.AZURESUBSCRIPTION_SERVICE_CONNECTION_ID
  const service = connection ? pipelinesTokens(env, connection) : undefined
  return service && client && tenant
    ? { client, tenant, proof: async () => federated(await jobToken(service, send)) }
    : undefined
}

/** GitHub Actions: a job with `id-token: write`. */
function ofActions(
  client: string,
  tenant: string,
  env: NodeJS.ProcessEnv,
  send: Send,
): Application | undefined {
  const service = actionsTokens(env, AUDIENCE)
  return service && { client, tenant, proof: async () => federated(await jobToken(service, send)) }
}

async function jobToken({ url, variable, field, ...request }: JobTokenService, send: Send): Promise<string> {
  if (!url) throw loginFailed(variable, 'Expected an https address without user information.')
  return textIn(await askCloud(send, { ...request, url }), url.host, field)
}

function federated(token: string): Proof {
  return { client_assertion_type: FEDERATED, client_assertion: token }
}

function entraUrl(authority: string, tenant: string): URL {
  const base = URL.canParse(authority) ? new URL(authority) : undefined
  if (base?.protocol !== 'https:' || !AUTHORITIES.has(base.host))
    throw loginFailed('AZURE_AUTHORITY_HOST', `Expected one of ${[...AUTHORITIES].join(', ')}.`)
  return new URL(`https://${base.host}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`)
}
