import { askCloud, loginFailed, secretFile } from './ask-cloud.ts'
import type { Send } from './send.ts'
import type { AwsKeys } from './sigv4.ts'

/**
 * The AWS keys of this environment: given ones, or a role assumed with a web identity token (EKS, GitHub Actions).
 * undefined = neither. `domain`: amazonaws.com, or its Chinese sister. @throws CLOUD_LOGIN_FAILED, CLOUD_BUSY
 */
export async function awsKeys(
  env: NodeJS.ProcessEnv,
  send: Send,
  region: string,
  domain: string,
): Promise<AwsKeys | undefined> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN || undefined }
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role } = env
  if (!file || !role) return undefined
  const url = new URL(`https://sts.${region}.${domain}/`)
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: env.AWS_ROLE_SESSION_NAME || 'waybill',
    WebIdentityToken: await secretFile(file),
  })
  const xml = (await askCloud(send, { url, body })).toString('utf8')
  return {
    accessKeyId: element(xml, 'AccessKeyId', url.host),
    secretAccessKey: element(xml, 'SecretAccessKey', url.host),
    sessionToken: element(xml, 'SessionToken', url.host),
  }
}

/** STS answers in XML; these three hold base64 characters only, so no entity needs decoding. */
function element(xml: string, name: string, host: string): string {
  const found = new RegExp(`<${name}>\\s*([A-Za-z0-9+/=_-]+)\\s*</${name}>`).exec(xml)?.[1]
  if (found) return found
  throw loginFailed(host, `Its answer has no ${name}.`)
}
