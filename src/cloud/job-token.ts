import { confidentialUrl } from '../base/index.ts'

/** Where a CI job asks for an OpenID Connect token of itself, and how. */
export interface JobTokenService {
  /** With the question in it. undefined = the variable holds no address that the job's secret may be sent to. */
  readonly url: URL | undefined
  /** Names the address in the job's environment. */
  readonly variable: string
  readonly headers: Readonly<Record<string, string>>
  /** GET without one. */
  readonly body?: string
  /** Of the JSON answer, where the token is. */
  readonly field: string
}

/** GitHub Actions: a job with `permissions: id-token: write`. undefined = this one has no such right. */
export function actionsTokens(env: NodeJS.ProcessEnv, audience: string): JobTokenService | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = env
  if (!address || !secret) return undefined
  return {
    url: question(address, { audience }),
    variable: 'ACTIONS_ID_TOKEN_REQUEST_URL',
    headers: { accept: 'application/json', authorization: `Bearer ${secret}` },
    field: 'value',
  }
}

/**
 * Azure Pipelines: a step that is handed `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`. undefined = this one is not.
 * @param connection id of the service connection whose token is asked for; without one the pipeline's own
 */
export function pipelinesTokens(env: NodeJS.ProcessEnv, connection?: string): JobTokenService | undefined {
  const { SYSTEM_OIDCREQUESTURI: address, SYSTEM_ACCESSTOKEN: secret } = env
  if (!address || !secret) return undefined
  return {
    url: question(address, { 'api-version': '7.1', ...(connection && { serviceConnectionId: connection }) }),
    variable: 'SYSTEM_OIDCREQUESTURI',
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      // Azure would redirect to a login page otherwise.
      'x-tfs-fedauthredirect': 'Suppress',
    },
    body: '',
    field: 'oidcToken',
  }
}

function question(address: string, parameters: Readonly<Record<string, string>>): URL | undefined {
  const url = confidentialUrl(address)
  for (const [name, value] of Object.entries(parameters)) url?.searchParams.set(name, value)
  return url
}
