import type { CiSettings } from '../../config/index.ts'
import type { Job } from '../flow.ts'
import { dockerConfigScript, loginsOf } from '../logins.ts'
import type { Logins } from '../logins.ts'
import { quoted } from '../shell.ts'
import { indented, scalar } from '../text.ts'

/** Steps that log in to the registries; docker's folder is one of the job (`DOCKER_CONFIG`). */
export function loginSteps(job: Job, settings: CiSettings, condition: string | undefined): readonly string[] {
  const { passwords, clouds } = loginsOf(job)
  const steps = [
    // It writes the whole file; what follows adds to it.
    passwordStep(passwords, settings),
    ...connectionsOf(job).map(connectionStep),
    ...clouds.map(cloudStep),
  ]
  return steps.flatMap((step) =>
    condition && step.length > 0 ? [...step, `  condition: ${condition}`] : step,
  )
}

function passwordStep(passwords: Logins['passwords'], { secrets }: CiSettings): readonly string[] {
  if (passwords.length === 0) return []
  const variables = new Set(passwords.flatMap(({ user, password }) => [user, password]))
  return [
    '- bash: |',
    ...indented(['set -euo pipefail', ...dockerConfigScript(passwords)], 4),
    `  displayName: Log in to ${passwords.map(({ host }) => host).join(' and ')}`,
    '  env:',
    ...[...variables].map((name) => `    ${name}: $(${secrets[name] ?? name})`),
  ]
}

interface Connection {
  readonly registry: string
  readonly connection: string
}

/** Azure's own registries; each may have a connection of its own. */
export function connectionsOf({ registries }: Pick<Job, 'registries'>): readonly Connection[] {
  return registries.flatMap(({ login }) =>
    typeof login === 'object' && 'azure' in login
      ? [{ registry: login.azure.registry, connection: login.azure.connection ?? login.azure.registry }]
      : [],
  )
}

/** A connection cannot be named by a variable: it stands here. Its identity is federated, so there is no secret. */
function connectionStep({ registry, connection }: Connection): readonly string[] {
  return [
    '- task: AzureCLI@2',
    `  displayName: Log in to ${registry}`,
    '  retryCountOnTaskFailure: 2',
    '  inputs:',
    `    azureSubscription: ${scalar(connection)}`,
    '    scriptType: bash',
    '    scriptLocation: inlineScript',
    `    inlineScript: az acr login --name ${quoted(registry)}`,
  ]
}

function cloudStep({ name, variables }: Logins['clouds'][number]): readonly string[] {
  if (name === 'aws') return awsLogin(variables)
  return name === 'google' ? googleLogin(variables) : []
}

type Variables = Logins['clouds'][number]['variables']

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

function awsLogin(variables: Variables): readonly string[] {
  return identityStep('Become the AWS role', [
    setVariable('AWS_WEB_IDENTITY_TOKEN_FILE', '$AGENT_TEMPDIRECTORY/identity'),
    ...Object.entries(variables).map(([name, value]) => setVariable(name, value)),
  ])
}

/** A credential configuration as `gcloud iam workload-identity-pools create-cred-config` writes it. */
function googleLogin({
  GOOGLE_PROVIDER: provider,
  GOOGLE_SERVICE_ACCOUNT: account,
}: Variables): readonly string[] {
  return identityStep('Become the Google service account', [
    'cat > "$AGENT_TEMPDIRECTORY/google.json" <<END',
    '{',
    '  "type": "external_account",',
    `  "audience": "//iam.googleapis.com/${provider}",`,
    '  "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",',
    '  "token_url": "https://sts.googleapis.com/v1/token",',
    `  "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:generateAccessToken",`,
    '  "credential_source": { "file": "$AGENT_TEMPDIRECTORY/identity" }',
    '}',
    'END',
    setVariable('GOOGLE_APPLICATION_CREDENTIALS', '$AGENT_TEMPDIRECTORY/google.json'),
  ])
}
