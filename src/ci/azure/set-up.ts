import type { CiSettings } from '../../config/index.ts'
import type { Flow, Job } from '../flow.ts'
import { titleOf } from '../text.ts'

/** What Azure DevOps keeps outside files: pipelines, policies, environments and their checks, connections, secrets. */
export function setUpText(flows: readonly Flow[], settings: CiSettings): string {
  const jobs = flows.flatMap((flow) => flow.jobs.map((job) => ({ flow, job })))
  const environments = [...new Set(jobs.flatMap(({ job }) => job.environment ?? []))]
  return `# Set up Azure DevOps for the generated pipelines

The files under \`pipelines\` are complete. What follows lives in the project and cannot be written in a file. The command
line is \`az\` with the extension \`azure-devops\`.

## 1. Pipelines

The names matter: pipelines that start each other find each other by them.

\`\`\`text
${flows.map((flow) => `az pipelines create --name "${titleOf(flow.id)}" --yml-path pipelines/waybill-${flow.id}.yml --skip-first-run true`).join('\n')}
\`\`\`

In Azure Repos pull requests start a pipeline by a branch policy (Build validation), not by \`pr:\`:

\`\`\`text
${settings.branches
  .filter((branch) => !branch.includes('*'))
  .map(
    (branch) =>
      `az repos policy build create --branch ${branch} --repository-id ID --build-definition-id ID_OF_PULL_REQUEST --display-name "Waybill" --blocking true --enabled true --queue-on-source-update-only true --manual-queue-only false --valid-duration 0`,
  )
  .join('\n')}
\`\`\`

Project settings → Pipelines → Settings: "Limit job authorization scope" on, "Make secrets available to builds of forks" off.

## 2. Environments

${environments.map((name) => `- \`${name}\``).join('\n')}

For each one: Pipelines → Environments → New. Under "Approvals and checks" add, as fits:

- **Exclusive lock**, so that promotions of one environment run one after another;
- **Branch control** with the branches that may go there;
- **Approvals**, with "Approvers can review their own runs" off; and **Business hours**. These let the job start. The gates
  \`approval\` and \`window\` of Waybill are others: signed, bound to the digest and the policy, and they travel with the image.

## 3. Service connections

Azure Resource Manager, workload identity federation, one for each place. The rights of the identity at its registry:

| connection | registry | role |
|---|---|---|
${connectionRows(jobs.map(({ job }) => job)).join('\n')}

Let each pipeline use only the connections its jobs name ("Pipeline permissions"), not all pipelines.

## 4. Secrets

In a variable group, better one linked to a key vault.${settings.azure.variableGroups.length > 0 ? ` The files name ${settings.azure.variableGroups.map((group) => `\`${group}\``).join(', ')}.` : ' Name it under `ci.azure.variableGroups` in waybill.yaml; a name with `{environment}` in it is one for each environment.'} A
secret reaches only the steps that name it.

| pipeline | job | secrets |
|---|---|---|
${secretRows(jobs, settings).join('\n')}
`
}

function connectionRows(jobs: readonly Job[]): readonly string[] {
  const rows = jobs.flatMap(({ registries }) =>
    registries.flatMap(({ may, login }) =>
      typeof login === 'object' && 'azure' in login
        ? [
            `| \`${login.azure.connection ?? login.azure.registry}\` | ${login.azure.registry} | ${ROLES[may]} |`,
          ]
        : [],
    ),
  )
  return rows.length > 0 ? [...new Set(rows)].toSorted() : ['| none | | |']
}

const ROLES = { pull: 'AcrPull', push: 'AcrPush', delete: 'AcrDelete' } as const

function secretRows(jobs: readonly { flow: Flow; job: Job }[], settings: CiSettings): readonly string[] {
  const rows = jobs.map(({ flow, job }) => {
    const names = [
      ...job.secrets.map((name) => settings.secrets[name] ?? name),
      ...job.registries.flatMap(({ login }) =>
        typeof login === 'object' && 'user' in login ? [login.user, login.password] : [],
      ),
      ...(settings.git && job.gitHosts.length > 0 ? [settings.git.token] : []),
    ].filter((name) => name !== 'SYSTEM_ACCESSTOKEN')
    return names.length === 0
      ? ''
      : `| ${titleOf(flow.id)} | ${job.title} | ${names.map((name) => `\`${name}\``).join(' ')} |`
  })
  return rows.filter(Boolean)
}
