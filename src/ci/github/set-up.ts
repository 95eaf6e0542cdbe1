import type { CiSettings } from '../../config/index.ts'
import type { Flow, Job } from '../flow.ts'
import { needsIdentity } from './logins.ts'

/** What GitHub keeps outside files: environments, who approves, secrets, who is trusted elsewhere. */
export function setUpText(flows: readonly Flow[], settings: CiSettings): string {
  const jobs = flows.flatMap((flow) => flow.jobs.map((job) => ({ flow, job })))
  const environments = [...new Set(jobs.flatMap(({ job }) => job.environment ?? []))]
  return `# Set up GitHub for the generated workflows

The files under \`.github/workflows\` are complete. What follows lives in the settings of the repository and cannot be
written in a file.

## 1. Environments

${environments.map((name) => `- \`${name}\``).join('\n')}

For each one: Settings → Environments → New environment. Who may approve is set under "Required reviewers", with "Prevent
self-review"; under "Deployment branches and tags" allow only the branches that may deploy there. Or:

\`\`\`text
${environments.map((name) => `gh api --method PUT repos/OWNER/REPOSITORY/environments/${name}`).join('\n')}
\`\`\`

An approval at GitHub lets the job start. The gate \`approval\` of Waybill is another one: signed, bound to the digest and
the policy, and it travels with the image. Use either or both.

## 2. Secrets

A job sees only the secrets in its row. Put those of a job with an environment into that environment, so that no other
job can ask for them: \`gh secret set NAME --env ENVIRONMENT < FILE\`.

| workflow | job | environment | secrets |
|---|---|---|---|
${rowsOf(jobs, settings).join('\n')}

## 3. Branches

Protect ${settings.branches.map((branch) => `\`${branch}\``).join(', ')}: require a pull request and the checks of the workflow
"Pull request". Under Actions → General, set "Workflow permissions" to read and require approval for outside contributors.
${trustText(jobs.map(({ job }) => job))}`
}

function rowsOf(jobs: readonly { flow: Flow; job: Job }[], settings: CiSettings): readonly string[] {
  const rows = jobs.map(({ flow, job }) => {
    const names = [
      ...job.secrets.map((name) => settings.secrets[name] ?? name),
      ...job.registries.flatMap(({ login }) =>
        typeof login === 'object' && 'user' in login ? [login.user, login.password] : [],
      ),
      ...(settings.git && job.gitHosts.length > 0 ? [settings.git.token] : []),
    ]
    if (names.length === 0) return ''
    return `| ${flow.id} | ${job.id} | ${job.environment ?? ''} | ${names.map((name) => `\`${name}\``).join(' ')} |`
  })
  return rows.filter(Boolean)
}

function trustText(jobs: readonly Job[]): string {
  const cloud = jobs.filter(
    (job) => needsIdentity(job) && job.registries.some(({ login }) => typeof login === 'object'),
  )
  if (cloud.length === 0) return ''
  const subjects = new Set(
    cloud.map(({ environment }) =>
      environment
        ? `repo:OWNER/REPOSITORY:environment:${environment}`
        : 'repo:OWNER/REPOSITORY:ref:refs/heads/BRANCH',
    ),
  )
  return `
## 4. Trust of the cloud

Jobs log in by their own identity token (issuer \`https://token.actions.githubusercontent.com\`). Trust just these subjects,
each with no more rights than its row above needs (pull where it takes from, push where it goes):

${[...subjects].map((subject) => `- \`${subject}\``).join('\n')}
`
}
