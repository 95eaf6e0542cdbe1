import type { RegistryAccess } from '../flow.ts'
import { quoted } from '../shell.ts'
import { indented, scalar } from '../text.ts'

/** Steps that log in to the registries; docker's folder is one of the job (`DOCKER_CONFIG`). */
export function loginSteps(
  registries: readonly RegistryAccess[],
  condition: string | undefined,
): readonly string[] {
  return registries.flatMap((registry) => {
    const step = loginStep(registry)
    return condition && step.length > 0 ? [...step, `  condition: ${condition}`] : step
  })
}

function loginStep({ host, login }: RegistryAccess): readonly string[] {
  if (typeof login !== 'object') return []
  if ('azure' in login) return azureLogin(login.azure)
  if ('user' in login) return dockerLogin(host, login.user, login.password)
  return 'aws' in login ? awsLogin(login.aws) : googleLogin(login.google)
}

/** A connection cannot be named by a variable: it stands here. Its identity is federated, so there is no secret. */
function azureLogin({
  registry,
  connection,
}: {
  readonly registry: string
  readonly connection?: string | undefined
}) {
  return [
    '- task: AzureCLI@2',
    `  displayName: Log in to ${registry}`,
    '  inputs:',
    `    azureSubscription: ${scalar(connection ?? registry)}`,
    '    scriptType: bash',
    '    scriptLocation: inlineScript',
    `    inlineScript: az acr login --name ${quoted(registry)}`,
  ]
}

function dockerLogin(host: string, user: string, password: string): readonly string[] {
  return [
    '- bash: |',
    '    printf \'%s\' "$REGISTRY_PASSWORD" |',
    `      docker login ${quoted(host)} --username "$REGISTRY_USER" --password-stdin`,
    `  displayName: Log in to ${host}`,
    '  env:',
    `    REGISTRY_USER: $(${user})`,
    `    REGISTRY_PASSWORD: $(${password})`,
  ]
}

/** The job's own token, in a file that its agent deletes. */
const TOKEN = [
  'set -euo pipefail',
  'umask 077',
  'printf \'Authorization: Bearer %s\' "$SYSTEM_ACCESSTOKEN" > "$AGENT_TEMPDIRECTORY/authorization"',
  'curl --fail --silent --show-error --request POST --header @"$AGENT_TEMPDIRECTORY/authorization" \\',
  '  --header \'Content-Length: 0\' "$SYSTEM_OIDCREQUESTURI?api-version=7.1" |',
  '  jq --exit-status --raw-output .oidcToken > "$AGENT_TEMPDIRECTORY/identity"',
]

function setVariable(name: string, value: string): string {
  return `echo "##vso[task.setvariable variable=${name}]${value}"`
}

function identityStep(title: string, lines: readonly string[]): readonly string[] {
  return [
    '- bash: |',
    ...indented([...TOKEN, ...lines], 4),
    `  displayName: ${title}`,
    '  env:',
    '    SYSTEM_ACCESSTOKEN: $(System.AccessToken)',
  ]
}

function awsLogin({ role, region }: { readonly role: string; readonly region: string }): readonly string[] {
  return identityStep('Become the AWS role', [
    setVariable('AWS_WEB_IDENTITY_TOKEN_FILE', '$AGENT_TEMPDIRECTORY/identity'),
    setVariable('AWS_ROLE_ARN', role),
    setVariable('AWS_REGION', region),
  ])
}

/** A credential configuration as `gcloud iam workload-identity-pools create-cred-config` writes it. */
function googleLogin({
  provider,
  serviceAccount,
}: {
  readonly provider: string
  readonly serviceAccount: string
}) {
  return identityStep('Become the Google service account', [
    'cat > "$AGENT_TEMPDIRECTORY/google.json" <<END',
    '{',
    '  "type": "external_account",',
    `  "audience": "//iam.googleapis.com/${provider}",`,
    '  "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",',
    '  "token_url": "https://sts.googleapis.com/v1/token",',
    `  "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken",`,
    '  "credential_source": { "file": "$AGENT_TEMPDIRECTORY/identity" }',
    '}',
    'END',
    setVariable('GOOGLE_APPLICATION_CREDENTIALS', '$AGENT_TEMPDIRECTORY/google.json'),
  ])
}
