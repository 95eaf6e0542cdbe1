import type { Job, RegistryAccess } from './flow.ts'
import { quoted } from './shell.ts'

type Login = NonNullable<RegistryAccess['login']>
export type CloudName = 'azure' | 'aws' | 'google'

/** What a job's registries ask of it: names and passwords in variables, and at most one identity in each cloud. */
export interface Logins {
  readonly passwords: readonly { readonly host: string; readonly user: string; readonly password: string }[]
  readonly clouds: readonly Cloud[]
  readonly usesJob: boolean
}

export interface Cloud {
  readonly name: CloudName
  /** For whom the CI system's token must be. */
  readonly audience: string
  /** Variable that names the file with the token. */
  readonly tokenFile: string
  readonly variables: Readonly<Record<string, string>>
}

/**
 * A process is one identity in a cloud. Where a job reads from one registry and writes to another of the same cloud, it
 * is the identity of the one it writes to, which must be allowed to read from the other.
 */
export function loginsOf({ registries }: Pick<Job, 'registries'>): Logins {
  const clouds = new Map<CloudName, Cloud>()
  const passwords: Logins['passwords'][number][] = []
  for (const { host, login } of registries) {
    if (login === undefined || login === 'job') continue
    if ('user' in login) passwords.push({ host, ...login })
    else {
      const cloud = cloudOf(login)
      if (!clouds.has(cloud.name)) clouds.set(cloud.name, cloud)
    }
  }
  return { passwords, clouds: [...clouds.values()], usesJob: registries.some(({ login }) => login === 'job') }
}

function cloudOf(login: Exclude<Login, 'job' | { user: string }>): Cloud {
  if ('azure' in login) {
    const { client, tenant } = login.azure
    return {
      name: 'azure',
      audience: 'api://AzureADTokenExchange',
      tokenFile: 'AZURE_FEDERATED_TOKEN_FILE',
      variables: { ...(client && { AZURE_CLIENT_ID: client }), ...(tenant && { AZURE_TENANT_ID: tenant }) },
    }
  }
  if ('aws' in login) {
    const variables = { AWS_ROLE_ARN: login.aws.role, AWS_REGION: login.aws.region }
    return { name: 'aws', audience: 'sts.amazonaws.com', tokenFile: 'AWS_WEB_IDENTITY_TOKEN_FILE', variables }
  }
  const { provider, serviceAccount } = login.google
  return {
    name: 'google',
    audience: `https://iam.googleapis.com/${provider}`,
    tokenFile: 'GOOGLE_ID_TOKEN_FILE',
    variables: { GOOGLE_PROVIDER: provider, GOOGLE_SERVICE_ACCOUNT: serviceAccount },
  }
}

/**
 * Shell lines that write a docker configuration for this job alone, from variables. `$DOCKER_CONFIG` names its folder.
 */
export function dockerConfig(passwords: Logins['passwords']): readonly string[] {
  if (passwords.length === 0) return []
  const entries = passwords.map(() => '"%s":{"auth":"%s"}').join(',')
  const words = passwords.map(
    ({ host, user, password }) =>
      `${quoted(host)} "$(printf '%s:%s' "$${user}" "$${password}" | base64 | tr -d '\\n')"`,
  )
  return [`printf '{"auths":{${entries}}}' ${words.join(' ')} > "$DOCKER_CONFIG/config.json"`]
}

/** The same for a script of several lines. */
export function dockerConfigScript(passwords: Logins['passwords']): readonly string[] {
  const entries = passwords.map(() => '"%s":{"auth":"%s"}').join(',')
  return [
    `auth() { printf '%s:%s' "$1" "$2" | base64 | tr -d '\\n'; }`,
    'umask 077',
    'mkdir -p "$DOCKER_CONFIG"',
    `printf '{"auths":{${entries}}}' \\`,
    ...passwords.map(
      ({ host, user, password }) => `  ${quoted(host)} "$(auth "$${user}" "$${password}")" \\`,
    ),
    '  > "$DOCKER_CONFIG/config.json"',
  ]
}

/** Shell lines that write what Google calls the configuration of an external account: whose token stands in the file. */
export function googleConfig(folder: string): readonly string[] {
  const format = JSON.stringify({
    type: 'external_account',
    audience: '//iam.googleapis.com/%s',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token',
    service_account_impersonation_url:
      'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/%s:generateAccessToken',
    credential_source: { file: '%s' },
  })
  return [
    `export GOOGLE_APPLICATION_CREDENTIALS=${folder}/google.json`,
    `printf '${format}' "$GOOGLE_PROVIDER" "$GOOGLE_SERVICE_ACCOUNT" "$GOOGLE_ID_TOKEN_FILE" > "$GOOGLE_APPLICATION_CREDENTIALS"`,
  ]
}
