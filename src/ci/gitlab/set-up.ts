import type { CiSettings } from '../../config/index.ts'
import type { Flow } from '../flow.ts'
import { loginsOf } from '../logins.ts'
import { code, cronOf, loginHosts, rightsOf, table } from '../set-up-text.ts'
import { includeLines, isOnlyChoice, specLines } from './inputs.ts'
import { scopeOf } from './job.ts'
import { placesOf } from './places.ts'
import type { Place } from './places.ts'
import { secretVariables } from './script.ts'

/** What a maintainer sets up once in the project: what no file in git can say. */
export function setUpText(flows: readonly Flow[], settings: CiSettings): string {
  const places = placesOf(flows)
  return `${[
    '# Waybill in GitLab: what to set up',
    '',
    'The pipeline is in `.gitlab/waybill.yml`. It needs what only a maintainer can give it.',
    '',
    '## Include it',
    '',
    'Where there was no `.gitlab-ci.yml`, one was written, and is kept current as long as nobody changes it. Else add this to yours, `spec` at its head. Inputs need GitLab 17.11 or later.',
    '',
    '```yaml',
    ...specLines(flows),
    '---',
    ...includeLines(flows),
    '```',
    '',
    'It brings `stages` of its own; a list of stages in your file wins, and must then name these too.',
    '',
    'Settings, Merge requests: *Enable merged results pipelines*, so that what would be merged is checked and built, and *Pipelines must succeed*.',
    '',
    ...runners(settings),
    ...variables(places, settings),
    ...environments(places),
    ...logins(flows, settings),
    ...schedules(flows),
    ...byHand(flows),
    ...rights(places, settings),
  ].join('\n')}`
}

function runners({ waybill, gitlab }: CiSettings): readonly string[] {
  const where =
    waybill === 'installed'
      ? 'Waybill is installed on the runners, or in their image'
      : 'url' in waybill
        ? 'Jobs fetch Waybill and check its digest; they need `curl` and `sha256sum`'
        : 'Jobs run in the image of Waybill, which must have a shell'
  const tags =
    gitlab.tags.length > 0 ? ` Jobs go to runners with the tags ${gitlab.tags.map(code).join(', ')}.` : ''
  return [
    '## Runners',
    '',
    `${where}.${tags} Scanners that \`checks\` names must be there as well: \`waybill doctor\` says which.`,
    '',
  ]
}

function variables(places: readonly Place[], settings: CiSettings): readonly string[] {
  const scopes = new Map<string, Set<string>>()
  for (const place of places)
    for (const name of secretVariables(place, settings)) {
      const there = settings.secrets[name] ?? name
      scopes.set(there, (scopes.get(there) ?? new Set()).add(scopeOf(place)))
    }
  if (scopes.size === 0) return []
  return [
    '## Variables',
    '',
    'Settings, CI/CD, Variables: each of type *Variable*, not *File*, once for each environment scope, without *Expand variable reference*. Mark those of the scopes `waybill-source`, `waybill-build`, `waybill-clean-up` and of every environment as *Protected*, so that only protected branches and tags get them. A key has several lines, which GitLab cannot mask; Waybill never prints one.',
    '',
    ...table(
      ['variable', 'environment scopes'],
      [...scopes].map(([name, scope]) => [code(name), [...scope].map(code).join(', ')]),
    ),
    '',
    'The scope `waybill-merge-request/*` is reached by merge requests, whose author can change the pipeline. Give it a build key of its own that `trust.yaml` believes no more than you believe the author, and a registry login that can push and delete previews only. Each preview is an environment, which ends with its merge request: that starts the job which takes the preview away.',
    '',
    'A merge request from a fork runs in the fork: it is checked, tested and built without any secret, and nothing is pushed.',
    '',
  ]
}

function environments(places: readonly Place[]): readonly string[] {
  const names = [...new Set(places.flatMap(({ job }) => job.environment ?? []))]
  return [
    '## Environments',
    '',
    `Settings, CI/CD, Protected environments: ${names.map(code).join(', ')}. *Allowed to deploy* says who may press the button of a promotion or start a rollback; *Approvals* ask for more people (Premium). Protect the branches that are built and the tags that promote, too. Jobs of one environment wait for each other (\`resource_group\`).`,
    '',
    "Who may deploy here is GitLab's word. Who must have approved a digest is in `gates` of waybill.yaml, and holds wherever the promotion runs.",
    '',
  ]
}

function logins(flows: readonly Flow[], settings: CiSettings): readonly string[] {
  const rows = loginHosts(flows, settings).map(({ host, login }) => {
    if (login === undefined) return [code(host), 'no login (`ci.login` of waybill.yaml has none)']
    if (login === 'job')
      return [
        code(host),
        "the job's own token; allow this project in the registry's project (Job token permissions)",
      ]
    if ('user' in login)
      return [code(host), `variables ${code(login.user)} and ${code(login.password)}, scoped as above`]
    const [cloud] = loginsOf({ registries: [{ host, may: 'pull', login }] }).clouds
    return [
      code(host),
      `${cloud?.name}: trust this GitLab as OpenID issuer, audience ${code(cloud?.audience ?? '')}, and bind the subject to the environment's branch (\`project_path:GROUP/PROJECT:ref_type:branch:ref:main\`)`,
    ]
  })
  return [
    '## Registries',
    '',
    ...table(['registry', 'login'], rows),
    '',
    'A job is one identity in each cloud: a promotion is that of the registry it writes to, and must be allowed to read from the one before.',
    '',
  ]
}

function schedules(flows: readonly Flow[]): readonly string[] {
  const rows = flows.flatMap((flow) => {
    const cron = cronOf(flow)
    return cron === undefined ? [] : [[code(cron), code(`flow: ${flow.id}`), flow.about]]
  })
  return [
    '## Schedules',
    '',
    'Build, Pipeline schedules, on the default branch, in UTC. GitLab keeps them outside git:',
    '',
    ...table(['cron', 'input', 'what for'], rows),
    '',
  ]
}

function byHand(flows: readonly Flow[]): readonly string[] {
  const rows = flows
    .filter(({ triggers }) => triggers.some(({ on }) => on === 'person'))
    .map(({ id, inputs }) => [
      code(id),
      inputs
        .filter((input) => !isOnlyChoice(input))
        .map(({ name }) => code(name))
        .join(', ') || 'none',
    ])
  return [
    '## By hand',
    '',
    'Build, Pipelines, New pipeline, on a protected branch. The form asks for `flow` and what it takes. No pipeline variable is needed: Settings, CI/CD, Variables, *Minimum role to use pipeline variables* may be *No one allowed*.',
    '',
    ...table(['flow', 'inputs that it takes'], rows),
    '',
  ]
}

function rights(places: readonly Place[], settings: CiSettings): readonly string[] {
  return [
    '## What each job may do',
    '',
    ...table(
      ['job', 'may', 'secrets'],
      places.map((place) => [
        code(place.job.id),
        rightsOf(place.job),
        secretVariables(place, settings).map(code).join(', ') || 'none',
      ]),
    ),
    '',
  ]
}
