import type { CiSettings } from '../../config/index.ts'
import type { Job } from '../flow.ts'
import { dockerConfigScript, loginsOf } from '../logins.ts'
import type { Logins } from '../logins.ts'
import { indented, scalar } from '../text.ts'
import { actions } from './actions.ts'

/** True when the job asks GitHub for a token that says who it is. */
export function needsIdentity(job: Job): boolean {
  const signs = job.keyServices.some((service) => service !== 'vault')
  return job.identity || signs || loginsOf(job).clouds.length > 0
}

/** Rights at GitHub's own packages; undefined when the job has no business there. */
export function packagesRight({ registries }: Job): 'read' | 'write' | undefined {
  const own = registries.filter(({ login }) => login === 'job')
  if (own.length === 0) return undefined
  return own.some(({ may }) => may !== 'pull') ? 'write' : 'read'
}

/** Variables by which Waybill finds its own way: Entra trusts the job, Vault has a place. */
export function identityVariables(job: Job): readonly (readonly [string, string])[] {
  const azure = loginsOf(job).clouds.find(({ name }) => name === 'azure')
  const names = azure || job.keyServices.includes('azure') ? ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID'] : []
  return [...names, ...(job.keyServices.includes('vault') ? ['VAULT_ADDR'] : [])].map((name) => [
    name,
    azure?.variables[name] ?? `\${{ vars.${name} }}`,
  ])
}

/** What the login steps hand to Waybill and to nobody else. */
export function loginVariables(job: Job): readonly (readonly [string, string])[] {
  return loginsOf(job).clouds.some(({ name }) => name === 'google')
    ? [['GOOGLE_OAUTH_ACCESS_TOKEN', '${{ steps.google.outputs.access_token }}']]
    : []
}

/** Steps that log in to the registries which want it. */
export function loginSteps(job: Job, settings: CiSettings, condition: string | undefined): readonly string[] {
  const logins = loginsOf(job)
  const steps = [passwordStep(passwordsOf(job, logins), settings), ...logins.clouds.map(cloudStep)]
  return steps.flatMap(([name, ...rest]) =>
    name === undefined ? [] : [name, ...(condition ? [`  if: ${condition}`] : []), ...rest],
  )
}

/** GitHub's packages take the job's own token. */
function passwordsOf({ registries }: Job, { passwords }: Logins): Logins['passwords'] {
  const own = registries.filter(({ login }) => login === 'job')
  return [...own.map(({ host }) => ({ host, user: 'GITHUB_ACTOR', password: 'GITHUB_TOKEN' })), ...passwords]
}

/** Into a folder of this job, so that a machine of your own does not keep it. */
function passwordStep(passwords: Logins['passwords'], { secrets }: CiSettings): readonly string[] {
  if (passwords.length === 0) return []
  const variables = new Set(passwords.flatMap(({ user, password }) => [user, password]))
  return [
    `- name: Log in to ${passwords.map(({ host }) => host).join(' and ')}`,
    '  env:',
    ...[...variables].flatMap((name) => {
      if (name === 'GITHUB_ACTOR') return []
      return name === 'GITHUB_TOKEN'
        ? ['    GITHUB_TOKEN: ${{ github.token }}']
        : [`    ${name}: \${{ secrets.${secrets[name] ?? name} }}`]
    }),
    '  run: |',
    ...indented(
      [
        'export DOCKER_CONFIG="$RUNNER_TEMP/docker"',
        ...dockerConfigScript(passwords),
        'echo "DOCKER_CONFIG=$DOCKER_CONFIG" >> "$GITHUB_ENV"',
      ],
      4,
    ),
  ]
}

/** Azure needs no step: see `identityVariables`. */
function cloudStep({ name, variables }: Logins['clouds'][number]): readonly string[] {
  if (name === 'aws')
    return [
      '- name: Become the AWS role',
      `  uses: ${actions.aws}`,
      '  with:',
      `    role-to-assume: ${scalar(variables['AWS_ROLE_ARN'] ?? '')}`,
      `    aws-region: ${variables['AWS_REGION']}`,
    ]
  if (name === 'azure') return []
  return [
    '- name: Become the Google service account',
    '  id: google',
    `  uses: ${actions.google}`,
    '  with:',
    `    workload_identity_provider: ${scalar(variables['GOOGLE_PROVIDER'] ?? '')}`,
    `    service_account: ${scalar(variables['GOOGLE_SERVICE_ACCOUNT'] ?? '')}`,
    '    token_format: access_token',
    '    create_credentials_file: false # it would lie in the checkout',
  ]
}
