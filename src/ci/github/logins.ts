import type { Job, RegistryAccess } from '../flow.ts'
import { quoted } from '../shell.ts'
import { indented, scalar } from '../text.ts'
import { actions } from './actions.ts'

/** True when a registry is logged in to by the job's own identity, not by a secret. */
export function needsIdentity({ identity, registries }: Job): boolean {
  return identity || registries.some(({ login }) => typeof login === 'object' && !('user' in login))
}

/** Rights at GitHub's own packages; undefined when the job has no business there. */
export function packagesRight({ registries }: Job): 'read' | 'write' | undefined {
  const own = registries.filter(({ login }) => login === 'job')
  if (own.length === 0) return undefined
  return own.some(({ may }) => may !== 'pull') ? 'write' : 'read'
}

/** Variables by which Waybill logs in by itself: Entra trusts the job. */
export function identityVariables({ registries }: Job): readonly (readonly [string, string])[] {
  const azure = registries.flatMap(({ login }) =>
    typeof login === 'object' && 'azure' in login ? [login.azure] : [],
  )
  const [first] = azure
  if (!first) return []
  return [
    ['AZURE_CLIENT_ID', first.client ?? '${{ vars.AZURE_CLIENT_ID }}'],
    ['AZURE_TENANT_ID', first.tenant ?? '${{ vars.AZURE_TENANT_ID }}'],
  ]
}

/** Steps that log in to the registries which want it. */
export function loginSteps(
  registries: readonly RegistryAccess[],
  condition: string | undefined,
): readonly string[] {
  return registries.flatMap((registry) => loginStep(registry, condition))
}

function loginStep({ host, login }: RegistryAccess, condition: string | undefined): readonly string[] {
  const head = (name: string) => [`- name: ${scalar(name)}`, ...(condition ? [`  if: ${condition}`] : [])]
  if (login === 'job')
    return [...head(`Log in to ${host}`), ...dockerLogin(host, '${{ github.actor }}', '${{ github.token }}')]
  if (typeof login !== 'object' || 'azure' in login) return []
  if ('user' in login)
    return [
      ...head(`Log in to ${host}`),
      ...dockerLogin(host, `\${{ secrets.${login.user} }}`, `\${{ secrets.${login.password} }}`),
    ]
  if ('aws' in login)
    return [
      ...head('Become the AWS role'),
      `  uses: ${actions.aws}`,
      '  with:',
      `    role-to-assume: ${scalar(login.aws.role)}`,
      `    aws-region: ${login.aws.region}`,
    ]
  return [
    ...head('Become the Google service account'),
    `  uses: ${actions.google}`,
    '  with:',
    `    workload_identity_provider: ${scalar(login.google.provider)}`,
    `    service_account: ${scalar(login.google.serviceAccount)}`,
  ]
}

/** Into a folder of this job, so that a machine of your own does not keep it. */
function dockerLogin(host: string, user: string, password: string): readonly string[] {
  return indented([
    'env:',
    `  REGISTRY_USER: ${user}`,
    `  REGISTRY_PASSWORD: ${password}`,
    'run: |',
    '  echo "DOCKER_CONFIG=$RUNNER_TEMP/docker" >> "$GITHUB_ENV"',
    '  printf \'%s\' "$REGISTRY_PASSWORD" |',
    `    docker --config "$RUNNER_TEMP/docker" login ${quoted(host)} --username "$REGISTRY_USER" --password-stdin`,
  ])
}
