import { ciDefaults } from '../config/index.ts'
import type { CiSettings, Config, Environment } from '../config/index.ts'
import { needsOf } from '../policy/index.ts'
import type { Flow, Input, Trigger } from './flow.ts'
import { bare, buildJob, jobId, previewJobs, promoteJob, sourceJobs } from './jobs.ts'
import { access, buildHost, gitHosts, signing } from './rights.ts'

/** Every pipeline that a configuration needs: pull request, build, one for each further environment, and the keeping. */
export function flowsOf(config: Config): readonly Flow[] {
  const settings = config.ci ?? ciDefaults
  const [first, ...others] = inOrder(config)
  return [
    pullRequestFlow(config, settings),
    buildFlow(config, settings, first),
    ...others.map((environment) => promoteFlow(config, settings, environment)),
    rollbackFlow(config, settings),
    rescanFlow(config, settings),
    cleanUpFlow(config, settings),
  ]
}

/** Upstream before downstream; the one that takes builds is the first. */
function inOrder({ environments }: Config): readonly Environment[] {
  const left = [...environments.values()]
  const placed: Environment[] = []
  while (left.length > 0) {
    const next = left.findIndex(({ after }) =>
      (after?.environments ?? []).every((name) => placed.some((one) => one.name === name)),
    )
    placed.push(...left.splice(Math.max(next, 0), 1))
  }
  return placed
}

function pullRequestFlow(config: Config, settings: CiSettings): Flow {
  const into = settings.pullRequests ?? 'all'
  return {
    name: 'pull-request',
    id: 'pull-request',
    about: 'Checks, tests and a preview image of what a pull request would merge. Never promotable.',
    triggers: [{ on: 'pull-request', into }],
    inputs: [],
    cancelOlder: true,
    jobs: applicationsOf(config).flatMap((application) => [
      ...sourceJobs(config, application, 'unsigned'),
      ...previewJobs(config, application),
    ]),
  }
}

function buildFlow(config: Config, settings: CiSettings, first: Environment | undefined): Flow {
  return {
    name: 'build',
    id: 'build',
    about: 'The one build of a commit: checks, tests, image, evidence, then the first environment.',
    triggers: [{ on: 'push', branches: settings.branches }, { on: 'person' }],
    inputs: [],
    jobs: applicationsOf(config).flatMap((application) => [
      ...sourceJobs(config, application, 'signed'),
      buildJob(config, application),
      ...(first
        ? [promoteJob(config, application, first, { image: `{${jobId('build', application)}.digest}` })]
        : []),
    ]),
  }
}

function promoteFlow(config: Config, settings: CiSettings, environment: Environment): Flow {
  const { branches, tags, afterUpstream } = settings.promote[environment.name] ?? {}
  const triggers: Trigger[] = [
    ...(branches ? [{ on: 'push' as const, branches }] : []),
    ...(tags ? [{ on: 'tag' as const, tags }] : []),
    ...(afterUpstream
      ? upstreamFlows(config, environment).map((flow) => ({ on: 'flow' as const, flow }))
      : []),
    { on: 'person' },
  ]
  const isFromRef = tags !== undefined || namesReleases(branches)
  const inputs = promoteInputs(environment)
  return {
    name: 'promote',
    id: `promote-${environment.name}`,
    about: `The same digest goes to ${environment.name}: judged, copied, recorded, delivered, proven. No build.`,
    triggers,
    inputs: [...inputs, ...applicationInputs(config)],
    jobs: applicationsOf(config).map((application) =>
      promoteJob(config, application, environment, {
        isFromRef,
        inputs,
        isAsked: onlyApplication(config) === undefined,
      }),
    ),
  }
}

function rollbackFlow(config: Config, settings: CiSettings): Flow {
  const environments = [...config.environments.keys()]
  const application = onlyApplication(config) ?? '{application}'
  return {
    name: 'rollback',
    id: 'rollback',
    about: 'The newest earlier digest that passed goes back into an environment.',
    triggers: [{ on: 'person' }],
    inputs: [
      ...applicationInputs(config),
      { name: 'environment', about: 'Where', required: true, choices: environments },
      { name: 'reason', about: 'Why; it is kept in the record', required: true },
    ],
    jobs: environments.map((environment) => ({
      ...bare(`rollback-${environment}`, `Roll back ${environment}`),
      environment,
      exclusive: `promote-${environment}-${application}`,
      onlyWhen: { input: 'environment', is: environment },
      registries: access(config, settings, { push: [environment], pull: [] }),
      ...signing(config, ['promotion', 'pass']),
      gitHosts: gitHosts(config, environment),
      steps: [
        {
          do: 'waybill',
          title: `Roll back ${environment}`,
          words: ['rollback', application, environment, '--reason', '{reason}'],
          why: 'A promotion like any other: signed, recorded, delivered, proven.',
        },
      ],
    })),
  }
}

/**
 * With the scanners of builds, whose findings are signed and go to the images; without any, by what is known of them. A
 * scan is good for a week unless a gate says otherwise: warned of earlier, every run would end with 4.
 */
function rescanFlow(config: Config, settings: CiSettings): Flow {
  const environments = [...config.environments.keys()]
  const scanners = [...new Set([...config.applications.values()].flatMap(({ build }) => build?.scan ?? []))]
  const scans = scanners.length > 0
  return {
    name: 'rescan',
    id: 'rescan',
    about: 'What is live or ready for a rollback, judged by the policy and the advisories of today.',
    triggers: [{ on: 'schedule', cron: settings.rescan }, { on: 'person' }],
    inputs: [],
    jobs: [
      {
        ...bare('rescan', 'Judge anew what is live'),
        registries: access(config, settings, {
          push: scans ? environments : [],
          pull: scans ? [] : environments,
        }),
        ...(scans && signing(config, ['vulnerabilities'])),
        steps: [
          {
            do: 'waybill',
            title: 'Rescan',
            words: ['rescan', ...(scans ? ['--with', scanners.join(','), '--warn-within', '6d'] : [])],
            why: 'Exit code 3: something that runs would not be let in today. 4: soon.',
          },
        ],
      },
    ],
  }
}

function cleanUpFlow(config: Config, settings: CiSettings): Flow {
  const host = buildHost(config)
  return {
    name: 'clean-up',
    id: 'clean-up',
    about: 'Preview images of closed pull requests go; nothing that was promoted ever does.',
    triggers: [{ on: 'pull-request-closed' }, { on: 'schedule', cron: '30 3 * * *' }],
    inputs: [],
    jobs: [
      {
        ...bare('clean-up', 'Remove preview images'),
        registries: [{ host, may: 'delete', login: settings.login[host] }],
        steps: applicationsOf(config).map((application) => ({
          do: 'waybill',
          title: `Remove previews of ${application}`,
          words: [
            'ci',
            'clean',
            application,
            {
              given: 'pull-request',
              words: ['--pull-request', '{pull-request}'],
              otherwise: ['--older-than', '14d'],
            },
          ],
          why: 'The one that was closed; at night, whatever is older.',
        })),
      },
    ],
  }
}

/** `release/*` says what is released; `main` says only when. */
function namesReleases(branches: readonly string[] = []): boolean {
  return branches.some((branch) => branch.includes('*'))
}

const imageInput: Input = {
  name: 'image',
  about: 'Tag or digest; empty: what runs in the environment before',
  required: false,
}
const versionInput: Input = { name: 'version', about: 'Version, such as 1.4.0', required: false }

/** What cannot be known where several environments come before, or a gate asks about a ticket. */
function promoteInputs({ after, gates }: Environment): readonly Input[] {
  const upstream = after?.environments ?? []
  return [
    imageInput,
    ...(upstream.length > 1
      ? [
          {
            name: 'from',
            about: `Environment it comes from, when they hold different images: ${upstream.join(' or ')}`,
            required: false,
          },
        ]
      : []),
    versionInput,
    ...(needsOf(gates).tickets.length > 0
      ? [{ name: 'ticket', about: 'The change ticket that gates ask about', required: false }]
      : []),
  ]
}

/** With one application there is nothing to ask. */
function applicationInputs(config: Config): readonly Input[] {
  const choices = applicationsOf(config)
  return choices.length > 1
    ? [{ name: 'application', about: 'Which application', required: true, choices }]
    : []
}

function onlyApplication(config: Config): string | undefined {
  const [first, ...others] = applicationsOf(config)
  return others.length > 0 ? undefined : first
}

function applicationsOf({ applications }: Config): readonly string[] {
  return [...applications.values()].flatMap(({ name, build }) => (build ? [name] : []))
}

function upstreamFlows(config: Config, { after }: Environment): readonly string[] {
  return (after?.environments ?? []).map((name) =>
    config.environments.get(name)?.accepts === 'build' ? 'build' : `promote-${name}`,
  )
}
