import type { CiSettings } from '../../config/index.ts'
import type { Flow, Job } from '../flow.ts'
import { loginsOf } from '../logins.ts'
import { scopeOf } from '../scope.ts'
import { code, rightsOf, table } from '../set-up-text.ts'
import { titleOf } from '../text.ts'
import { checkBodies } from './checks.ts'
import { connectionsOf } from './logins.ts'

interface Place {
  readonly flow: Flow
  readonly job: Job
}

/** What Azure DevOps keeps outside files: pipelines, policies, environments and their checks, connections, secrets. */
export function setUpText(flows: readonly Flow[], settings: CiSettings): string {
  const places = flows.flatMap((flow) => flow.jobs.map((job) => ({ flow, job })))
  return `${[
    '# Set up Azure DevOps for the generated pipelines',
    '',
    'The files under `pipelines` are complete. What follows lives in the project and cannot be written in a file. Everything is done once. The command line is `az` with the extension `azure-devops`:',
    '',
    '```text',
    'az extension add --name azure-devops',
    'az devops configure --defaults organization=https://dev.azure.com/ORGANIZATION project=PROJECT',
    '```',
    '',
    ...pipelines(flows),
    ...policies(settings),
    ...environments(places),
    ...connections(places),
    ...secrets(places, settings),
    ...rights(places),
  ].join('\n')}`
}

function pipelines(flows: readonly Flow[]): readonly string[] {
  return [
    '## 1. Pipelines',
    '',
    'The names matter: pipelines that start each other find each other by them.',
    '',
    '```text',
    ...flows.map(
      ({ id }) =>
        `az pipelines create --name "${titleOf(id)}" --repository REPOSITORY --repository-type tfsgit --branch main --yml-path pipelines/waybill-${id}.yml --skip-first-run true`,
    ),
    '```',
    '',
    'A source at GitHub has `--repository-type github` and a `--service-connection`.',
    '',
  ]
}

function policies({ branches, pullRequests = branches }: CiSettings): readonly string[] {
  const known = pullRequests.filter((branch) => !branch.includes('*'))
  return [
    '## 2. Pull requests and pipeline settings',
    '',
    'In Azure Repos a pull request starts a pipeline by a policy of its target branch, not by `pr:`. The pull request cannot be completed before it has passed:',
    '',
    '```text',
    ...known.map(
      (branch) =>
        `az repos policy build create --branch ${branch} --repository-id ID --build-definition-id ID_OF_PULL_REQUEST --display-name Waybill --blocking true --enabled true --queue-on-source-update-only true --manual-queue-only false --valid-duration 0`,
    ),
    '```',
    '',
    '- The comment: Project settings → Repositories → Security → "PROJECT Build Service": "Contribute to pull requests" → Allow.',
    '- Project settings → Pipelines → Settings: both "Limit job authorization scope" on, "Limit variables that can be set at queue time" on, "Make secrets available to builds of forks" off.',
    '- Azure DevOps has no event for a closed pull request. Its preview goes the following night; a service hook "Pull request updated" may start "Clean up" with its number.',
    '',
  ]
}

function environments(places: readonly Place[]): readonly string[] {
  const names = [...new Set(places.flatMap(({ job }) => job.environment ?? []))]
  const rows = names.map((name) => {
    const flows = places.filter(({ job }) => job.environment === name).map(({ flow }) => flow)
    return [code(name), branchesOf(flows).map(code).join(', ')]
  })
  return [
    '## 3. Environments',
    '',
    'Make them before the first run, or the first run makes them open to everything.',
    '',
    ...table(['environment', 'branches and tags that may go there'], rows),
    '',
    '```text',
    ...names.map(
      (name) =>
        `echo '{ "name": "${name}" }' > body.json && az devops invoke --area distributedtask --resource environments --route-parameters project=PROJECT --http-method POST --api-version 7.1 --in-file body.json`,
    ),
    '```',
    '',
    'Under "Approvals and checks" of each one add **Exclusive lock**, **Branch control** with its row of the table, and, where people approve, **Approvals** without "Approvers can review their own runs". By hand in Pipelines → Environments, or with one body for each check:',
    '',
    '```text',
    'az devops invoke --area pipelineschecks --resource configurations --route-parameters project=PROJECT --http-method POST --api-version 7.1-preview --in-file body.json',
    '```',
    '',
    ...checkBodies().flatMap((body) => [
      '```json',
      ...JSON.stringify(body, undefined, 1).split('\n'),
      '```',
      '',
    ]),
    'An approval here lets the stage start. The gate `approval` of Waybill is another one: signed, bound to the digest and the policy, and it travels with the image. So is `window` beside the check "Business hours". Use either or both.',
    '',
  ]
}

/** Runs that people or other pipelines start are on a branch that is built. */
function branchesOf(flows: readonly Flow[]): readonly string[] {
  const names = flows.flatMap(({ triggers }) =>
    triggers.flatMap((one) => {
      if (one.on === 'push') return one.branches.map((branch) => `refs/heads/${branch}`)
      return one.on === 'tag' ? one.tags.map((tag) => `refs/tags/${tag}`) : []
    }),
  )
  return [...new Set([...names, 'refs/heads/main'])]
}

function connections(places: readonly Place[]): readonly string[] {
  const rows = new Map<string, Set<string>>()
  for (const { job } of places)
    for (const { registry, connection } of connectionsOf(job)) {
      const found = job.registries.find(
        ({ login }) => typeof login === 'object' && 'azure' in login && login.azure.registry === registry,
      )
      const name = `${code(connection)}\n${registry}`
      rows.set(name, (rows.get(name) ?? new Set()).add(ROLES[found?.may ?? 'pull']))
    }
  const others = places.some(({ job }) => loginsOf(job).clouds.some(({ name }) => name !== 'azure'))
  if (rows.size === 0 && !others) return []
  return [
    '## 4. Service connections',
    '',
    ...(rows.size > 0
      ? [
          'Azure Resource Manager, workload identity federation (there is no secret), one for each registry. The role of its identity there:',
          '',
          ...table(
            ['connection', 'registry', 'roles'],
            [...rows].map(([name, roles]) => [...name.split('\n'), [...roles].join(', ')]),
          ),
          '',
          'Steps of these jobs run as the identity of the connection of the registry that is written to, and so do the commands under `prove`. Give it what they do beyond that: `Microsoft.ContainerRegistry/registries/importImage/action` where `serverSideCopy` imports, the right to sign with a key in a vault, the deployment.',
          '',
          'Under "Security" of each: no "Grant access permission to all pipelines", but the pipelines whose jobs name it. Under "Approvals and checks": Branch control, as for its environment. Issuer and subject are what the connection\'s page shows: new ones have Entra\'s issuer, older ones that of Azure DevOps, which ends in July 2027. The files work with both.',
          '',
        ]
      : []),
    ...(others
      ? [
          'Jobs that log in to AWS or Google use the token of the job itself: issuer `https://vstoken.dev.azure.com/ORGANIZATION_ID`, audience `api://AzureADTokenExchange`, subject `p://ORGANIZATION/PROJECT/PIPELINE`. Trust the subjects of the pipelines in the table of rights, and no others. The token lasts some minutes: the first login has to come before.',
          '',
        ]
      : []),
  ]
}

const ROLES = { pull: 'AcrPull', push: 'AcrPush', delete: 'AcrPush, AcrDelete' } as const

function secrets(places: readonly Place[], settings: CiSettings): readonly string[] {
  const found = new Map<string, Set<string>>()
  for (const { flow, job } of places)
    for (const name of secretsOf(job, settings))
      found.set(name, (found.get(name) ?? new Set()).add(scopeOf(job, flow) ?? ''))
  if (found.size === 0) return []
  const { variableGroups } = settings.azure
  const isSplit = variableGroups.some((group) => group.includes('{environment}'))
  return [
    '## 5. Secrets',
    '',
    variableGroups.length > 0
      ? `In the variable groups ${variableGroups.map(code).join(', ')}, which the files name; better ones linked to a key vault.`
      : 'In variable groups, better ones linked to a key vault. Name them in waybill.yaml, best as `ci: { azure: { variableGroups: ["{environment}-secrets"] } }`, and run `waybill ci init azure` again.',
    '`{environment}` in a name is one of the places in the table. A secret reaches only the steps that name it; one that is missing arrives as the text `$(NAME)`.',
    '',
    ...table(
      ['secret', 'places'],
      [...found].map(([name, scopes]) => [code(name), [...scopes].map(code).join(', ')]),
    ),
    '',
    '```text',
    'az pipelines variable-group create --name GROUP --variables about=Waybill --authorize false',
    'az pipelines variable-group variable create --group-id ID --name NAME --secret true --value "$(cat FILE)"',
    '```',
    '',
    ...(places.some(({ job }) => job.keyServices.includes('vault'))
      ? ['Beside `VAULT_TOKEN` goes `VAULT_ADDR`, as a plain variable.', '']
      : []),
    'A key has several lines, which the web page cannot take: use the command line or a key vault.',
    '',
    `A group is a resource like an environment: Branch control under "Approvals and checks", and in "Pipeline permissions" only the pipelines that need it. **What \`waybill-pull-request\` holds, whoever may push a branch can read**, because that branch can change the pipeline: give it a key of its own that \`trust.yaml\` believes no more than you believe that person, and a registry login that can push previews and nothing else.${isSplit ? '' : ' With one group for everything this cannot be kept apart.'}`,
    '',
  ]
}

function secretsOf({ secrets: own, registries, gitHosts }: Job, settings: CiSettings): readonly string[] {
  const logins = loginsOf({ registries }).passwords.flatMap(({ user, password }) => [user, password])
  const git = settings.git && gitHosts.length > 0 ? [settings.git.token] : []
  return [...own, ...logins, ...git]
    .filter((name) => name !== 'SYSTEM_ACCESSTOKEN')
    .map((name) => settings.secrets[name] ?? name)
}

function rights(places: readonly Place[]): readonly string[] {
  return [
    '## What each job may do',
    '',
    ...table(
      ['pipeline', 'job', 'rights'],
      places.map(({ flow, job }) => [
        titleOf(flow.id),
        job.title,
        job.comments ? 'write the comment' : rightsOf(job),
      ]),
    ),
    '',
  ]
}
