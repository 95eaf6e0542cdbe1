import type { CiSettings } from '../../config/index.ts'
import type { Flow, Job } from '../flow.ts'
import { loginsOf } from '../logins.ts'
import { code, rightsOf, table } from '../set-up-text.ts'
import { titleOf } from '../text.ts'
import { environmentOf } from './environment.ts'
import { identityVariables, needsIdentity } from './logins.ts'

interface Place {
  /** undefined: the repository itself. */
  readonly environment: string | undefined
  readonly deploys: boolean
  readonly flow: Flow
  readonly job: Job
}

/** What GitHub keeps outside files: environments, who approves, secrets, who is trusted elsewhere. */
export function setUpText(flows: readonly Flow[], settings: CiSettings): string {
  const places = flows.flatMap((flow) => flow.jobs.map((job) => placeOf(job, flow)))
  return `${[
    '# Set up GitHub for the generated workflows',
    '',
    "The files under `.github/workflows` are complete. What follows lives in the settings of the repository and cannot be written in a file. Everything is done once, by somebody with admin rights; `gh` is GitHub's command line.",
    '',
    ...environments(places, settings),
    ...secrets(places, settings),
    ...branches(settings),
    ...clouds(places),
    ...rights(places),
  ].join('\n')}`
}

function placeOf(job: Job, flow: Flow): Place {
  const found = environmentOf(job, flow)
  return { environment: found?.name, deploys: found?.deploys ?? false, flow, job }
}

function environments(places: readonly Place[], settings: CiSettings): readonly string[] {
  const names = [...new Set(places.flatMap(({ environment }) => environment ?? []))]
  const rows = names.map((name) => {
    const own = places.filter(({ environment }) => environment === name)
    return [
      code(name),
      branchesOf(
        own.flatMap(({ flow }) => flow.triggers),
        settings,
      ),
      own[0]?.deploys ? 'yes' : 'no',
    ]
  })
  return [
    '## 1. Environments',
    '',
    'An environment keeps secrets and says who may have them. GitHub makes a missing one at the first run, open to every branch, so make them before.',
    '',
    ...table(['environment', 'branches and tags that may use it', 'people approve'], rows),
    '',
    '```text',
    ...rows.map(
      ([name = '']) => `gh api --method PUT repos/OWNER/REPOSITORY/environments/${name.slice(1, -1)}`,
    ),
    '```',
    '',
    'Then, in Settings → Environments, for each one: "Deployment branches and tags" → "Selected", as in the table; where people approve, "Required reviewers" with "Prevent self-review", as far as you want it. An approval at GitHub lets the job start. The gate `approval` of Waybill is another one: signed, bound to the digest and the policy, and it travels with the image. Use either or both.',
    '',
  ]
}

/** Runs that people or other workflows start are on the default branch. */
function branchesOf(triggers: Flow['triggers'], { branches }: CiSettings): string {
  const pushed = triggers.flatMap((one) => {
    if (one.on === 'push') return one.branches
    return one.on === 'tag' ? one.tags.map((tag) => `tag ${tag}`) : []
  })
  const others = triggers.some(({ on }) => on !== 'push' && on !== 'tag' && on !== 'pull-request-closed')
  const closed = triggers.some(({ on }) => on === 'pull-request-closed') ? branches : []
  return [
    ...new Set([...pushed, ...closed].map((name) => code(name))),
    ...(others ? ['the default branch'] : []),
  ].join(', ')
}

function secrets(places: readonly Place[], settings: CiSettings): readonly string[] {
  const found = new Map<string, Set<string>>()
  for (const { job, environment } of places)
    for (const name of secretsOf(job, settings))
      found.set(name, (found.get(name) ?? new Set()).add(environment ?? ''))
  const rows = [...found].map(([name, where]) => [
    code(name),
    [...where].filter(Boolean).map(code).join(', '),
    where.has('') ? 'yes' : '',
  ])
  if (rows.length === 0) return []
  const isShared = [...found.values()].some((where) => where.has(''))
  return [
    '## 2. Secrets',
    '',
    `\`gh secret set NAME --env ENVIRONMENT < FILE\`${isShared ? ', or without `--env` for the repository' : ''}. A job sees only what it names.`,
    '',
    ...table(['secret', 'environments', 'repository'], rows),
    '',
    ...(isShared
      ? [
          '**Secrets of the repository are those of pull requests**: whoever may push a branch can change a workflow and read them. Give them other values than the environments have: a key of its own that `trust.yaml` believes no more than you believe that person, and a registry login that can push previews and nothing else. Without them the pull requests of your own repository cannot be built either; those from forks get none, are built, and are pushed nowhere.',
          '',
        ]
      : []),
    ...variables(places),
  ]
}

/** What is no secret, and not said by waybill.yaml. */
function variables(places: readonly Place[]): readonly string[] {
  const names = places.flatMap(({ job }) =>
    identityVariables(job).flatMap(([name, value]) => (value.includes('vars.') ? [name] : [])),
  )
  return names.length === 0
    ? []
    : [
        `And as variables, for the same environments or the repository: ${[...new Set(names)].map(code).join(', ')} (\`gh variable set NAME\`).`,
        '',
      ]
}

function secretsOf({ secrets: own, registries, gitHosts }: Job, settings: CiSettings): readonly string[] {
  const logins = loginsOf({ registries }).passwords.flatMap(({ user, password }) => [user, password])
  const git = settings.git && gitHosts.length > 0 ? [settings.git.token] : []
  return [...own, ...logins, ...git].map((name) => settings.secrets[name] ?? name)
}

function branches({ branches: built }: CiSettings): readonly string[] {
  return [
    '## 3. Rules',
    '',
    `- Protect ${built.map(code).join(', ')} (Settings → Rules): a pull request, a review, and the checks of the workflow "Pull request".`,
    '- Let code owners review `.github/workflows`, `waybill.yaml` and the trust policy: they decide what may go where.',
    '- Settings → Actions → General: workflow permissions "Read repository contents", approval for all outside contributors, and, under allowed actions, "Require actions to be pinned to a full-length commit SHA".',
    '',
  ]
}

function clouds(places: readonly Place[]): readonly string[] {
  const found = new Map<string, { readonly cells: readonly string[]; readonly rights: Set<string> }>()
  for (const { job, environment } of places)
    for (const { name, audience, variables } of loginsOf(job).clouds) {
      const cells = [
        code(`repo:OWNER/REPOSITORY:${environment ? `environment:${environment}` : 'pull_request'}`),
        CLOUDS[name],
        code(Object.values(variables)[0] ?? 'vars.AZURE_CLIENT_ID'),
        code(audience),
      ]
      const { rights } = found.get(cells.join()) ?? { rights: new Set() }
      for (const { host, may, login } of job.registries)
        if (typeof login === 'object' && name in login) rights.add(`${may} ${code(host)}`)
      found.set(cells.join(), { cells, rights })
    }
  if (found.size === 0) return []
  const all = [...found.values()].map(({ cells, rights }) => [...cells, [...rights].join(', ')])
  return [
    '## 4. Trust of the cloud',
    '',
    'Jobs log in by a token that says who they are (issuer `https://token.actions.githubusercontent.com`); there is no secret. A job is one identity in each cloud: where it takes from one registry and puts into another, that of the second must be allowed to pull from the first. Trust exactly these subjects:',
    '',
    ...table(['subject', 'cloud', 'identity', 'audience', 'rights'], all),
    '',
    ...(all.some(([subject]) => subject?.includes('pull_request'))
      ? [
          'Pull requests of your own repository have the subject `…:pull_request`: whoever may push a branch can be it. Give it a registry of previews, or leave it out.',
          '',
        ]
      : []),
  ]
}

const CLOUDS = { azure: 'Entra', aws: 'AWS', google: 'Google' } as const

function rights(places: readonly Place[]): readonly string[] {
  return [
    '## What each job may do',
    '',
    ...table(
      ['workflow', 'job', 'rights'],
      places.map(({ flow, job }) => [
        titleOf(flow.id),
        code(job.id),
        job.comments ? 'write the comment' : rightsOf({ ...job, identity: needsIdentity(job) }),
      ]),
    ),
    '',
  ]
}
