import type { CiSettings } from '../../config/index.ts'
import type { Flow, Job } from '../flow.ts'
import { code, cronOf, loginHosts, rightsOf, table } from '../set-up-text.ts'
import { credentialsOf } from './credentials.ts'

/** What an administrator sets up once: jobs, credentials, permissions. */
export function setUpText(flows: readonly Flow[], settings: CiSettings): string {
  return [
    '# Waybill in Jenkins: what to set up',
    '',
    'Plugins: Pipeline, Multibranch, Credentials Binding, JUnit, and OpenID Connect Provider where a registry trusts this Jenkins.',
    '',
    ...jobs(flows, settings),
    ...credentials(flows, settings),
    ...forks(),
    ...logins(flows, settings),
    ...people(flows),
    ...rights(flows, settings),
  ].join('\n')
}

function jobs(flows: readonly Flow[], { jenkins }: CiSettings): readonly string[] {
  const single = flows.filter(({ name }) => name !== 'pull-request' && name !== 'build')
  const kind = ({ triggers }: Flow) => {
    const named = triggers.flatMap((trigger) =>
      trigger.on === 'push' ? trigger.branches : trigger.on === 'tag' ? trigger.tags : [],
    )
    return named.length === 0
      ? 'Pipeline from SCM, on the main branch'
      : `Multibranch pipeline that discovers ${named.map(code).join(', ')} only; and a Pipeline from SCM, \`NAME-by-hand\`, for people`
  }
  return [
    '## Jobs',
    '',
    `In one folder, with these names; agents have the label ${code(jenkins.agent)}, \`git\`, and the scanners that \`checks\` names.`,
    '',
    ...table(
      ['job', 'script path', 'kind', 'starts'],
      [
        [
          '`build`',
          '`Jenkinsfile`',
          'Multibranch pipeline: branches that are built, and pull requests (the merge)',
          'by a push',
        ],
        ...single.map((flow) => [
          code(flow.id),
          code(`jenkins/${flow.id}.Jenkinsfile`),
          kind(flow),
          cronOf(flow) ? `by itself: ${code(cronOf(flow) ?? '')} in UTC` : 'by a person, or as the kind says',
        ]),
      ],
    ),
    '',
    'Run each job once: Jenkins learns parameters and triggers from the first run.',
    '',
  ]
}

function credentials(flows: readonly Flow[], settings: CiSettings): readonly string[] {
  const all = flows.flatMap((flow) => flow.jobs.map((job) => ({ flow, job })))
  const rows = new Map<string, { kind: string; who: Set<string> }>()
  for (const { flow, job } of all)
    for (const { id, kind } of credentialsOf(job, settings)) {
      const row = rows.get(id) ?? { kind, who: new Set() }
      row.who.add(flow.id)
      rows.set(id, row)
    }
  if (rows.size === 0) return []
  return [
    '## Credentials',
    '',
    'In the folder, not global. A key is a *Secret file*, since a secret text keeps one line only; `waybill-azure`, `waybill-aws` and `waybill-google` are *OpenID Connect id token as file*.',
    '',
    ...table(
      ['id', 'kind', 'used by'],
      [...rows].map(([id, { kind, who }]) => [
        code(id),
        kind === 'file' ? 'Secret file' : 'Secret text',
        [...who].map(code).join(', '),
      ]),
    ),
    '',
    'Any pipeline of a folder can ask for any credential of it. Put the keys of production into a folder of their own, with the jobs `promote-…` and `rollback` that need them, and let nobody else configure jobs there.',
    '',
  ]
}

function forks(): readonly string[] {
  return [
    '## Pull requests',
    '',
    'A pull request from a fork is checked, tested and built without credentials. Discover forks with the trust *From users with Admin or Write permission* or *Nobody*, so that their `Jenkinsfile` is taken from the target branch. The author of a branch in the repository itself can change the `Jenkinsfile` and so reach every credential of the folder: previews should have a build key that `trust.yaml` does not believe, in a folder of their own.',
    '',
  ]
}

function logins(flows: readonly Flow[], settings: CiSettings): readonly string[] {
  return [
    '## Registries',
    '',
    ...table(
      ['registry', 'login'],
      loginHosts(flows, settings).map(({ host, login }) => {
        if (login === undefined) return [code(host), 'none in `ci.login`: what the agent has']
        if (login === 'job') return [code(host), 'Jenkins has no token of a job: what the agent has']
        if ('user' in login) return [code(host), `${code(login.user)}, ${code(login.password)}`]
        return [
          code(host),
          `trusts this Jenkins: ${code(`waybill-${'azure' in login ? 'azure' : 'aws' in login ? 'aws' : 'google'}`)}`,
        ]
      }),
    ),
    '',
  ]
}

function people(flows: readonly Flow[]): readonly string[] {
  const ids = flows.filter(({ name }) => name === 'promote' || name === 'rollback').map(({ id }) => code(id))
  return [
    '## Who may promote',
    '',
    `Permission *Build* on ${ids.join(', ')} (Matrix or Role Strategy). There is no \`input\` step in the pipelines: it holds a run open, anybody with *Build* can answer it unless \`submitter\` says who, and no record of it leaves Jenkins. An approval is a gate of waybill.yaml, signed by whoever gives it, and \`waybill promote\` exits with 4 until it is there.`,
    '',
    'Jobs run one at a time each. A promotion and a rollback of the same environment are two jobs: Waybill notices, and the later one stops.',
    '',
  ]
}

function rights(flows: readonly Flow[], settings: CiSettings): readonly string[] {
  const named = (job: Job) =>
    credentialsOf(job, settings)
      .map(({ id }) => code(id))
      .join(', ') || 'none'
  return [
    '## What each stage may do',
    '',
    ...table(
      ['job', 'stage', 'may', 'credentials'],
      flows.flatMap((flow) =>
        flow.jobs
          .filter(({ comments }) => !comments)
          .map((job) => [
            code(flow.name === 'pull-request' ? 'build' : flow.id),
            job.title,
            rightsOf({ ...job, identity: false }),
            named(job),
          ]),
      ),
    ),
    '',
  ]
}
