import { isFailure, isObject, parseSecretJson } from '../../../base/index.ts'
import { askCloud, awsKeys, cloudErrors, loginFailed, signedHeaders } from '../../../cloud/index.ts'
import type { Send } from '../../../cloud/index.ts'
import type { Credential } from '../credentials.ts'
import { noLogin } from './cloud-login.ts'
import type { CloudLogin, Login } from './cloud-login.ts'

interface Api {
  readonly url: URL
  readonly region: string
  readonly service: string
  readonly target: string
}

// An ECR token lasts twelve hours; asked for again well before.
const LASTS = 6 * 3600
const ECR = /^\d{12}\.dkr\.ecr(-fips)?\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)$/

/** Amazon ECR: GetAuthorizationToken, signed with this environment's keys, gives a Basic password. */
export const ecrLogin: CloudLogin = async (registry, env, send) => {
  const [, fips, region = '', domain = ''] = ECR.exec(registry) ?? []
  const host = fips ? `ecr-fips.${region}.${domain}` : `api.ecr.${region}.${domain}`
  const target = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken'
  return login({ url: new URL(`https://${host}/`), region, service: 'ecr', target }, domain, env, send)
}

/** ECR Public: the same through its own API, which is in one region only. Keys that may not log in read as anyone may. */
export const ecrPublicLogin: CloudLogin = async (_registry, env, send) => {
  const region = 'us-east-1'
  const url = new URL(`https://api.ecr-public.${region}.amazonaws.com/`)
  const target = 'SpencerFrontendService.GetAuthorizationToken'
  try {
    return await login({ url, region, service: 'ecr-public', target }, 'amazonaws.com', env, send)
  } catch (error) {
    if (isFailure(error, cloudErrors.CLOUD_LOGIN_FAILED)) return noLogin
    throw error
  }
}

async function login(api: Api, domain: string, env: NodeJS.ProcessEnv, send: Send): Promise<Login> {
  const keys = await awsKeys(env, send, api.region, domain)
  if (!keys) return noLogin
  const { url, target } = api
  const body = '{}'
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  const signed = signedHeaders({ method: 'POST', url, headers, body }, keys, { ...api, now: new Date() })
  const answer = await askCloud(send, { url, headers: signed, body })
  return { credential: credentialIn(answer, url.host), seconds: LASTS }
}

/** ECR gives a list with one entry, ECR Public the entry itself. */
function credentialIn(answer: Buffer, host: string): Credential {
  const json = parseSecretJson(answer, host)
  const data: unknown = isObject(json) ? [json.authorizationData].flat()[0] : undefined
  const token = isObject(data) ? data.authorizationToken : undefined
  const pair = typeof token === 'string' ? Buffer.from(token, 'base64').toString('utf8') : ''
  const [, username, password] = /^([^:]+):([^]+)$/.exec(pair) ?? []
  if (username && password) return { kind: 'basic', username, password }
  throw loginFailed(host, 'Its answer has no authorizationToken.')
}
