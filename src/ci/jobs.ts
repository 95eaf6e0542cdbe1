import { ciDefaults } from '../config/index.ts'
import type { Config, Environment } from '../config/index.ts'
import type { Job, Step, Word } from './flow.ts'
import { access, buildHost, secretsOf } from './rights.ts'

const REPORTS = 'out/reports'
const EVIDENCE = 'out/evidence'
/** Where a build leaves what later steps need. */
export const OUTPUTS = 'out/build'
const DAYS = 14

/** Checks and tests: side by side, without a registry. */
export function sourceJobs(config: Config, application: string): readonly Job[] {
  const found = config.applications.get(application)
  const signing = secretsOf(config, ['tests', 'vulns'])
  return [
    ...(found?.checks.length
      ? [
          {
            ...bare(jobId('check', application), `Check the source of ${application}`),
            history: 'all' as const,
            secrets: signing,
            steps: [
              {
                do: 'waybill' as const,
                title: 'Check the source',
                words: ['check', application, '--reports', REPORTS, '--evidence', `${EVIDENCE}/check.jsonl`],
                why: 'Before anything is built: a leaked secret stops here.',
              },
              keep('reports-check', REPORTS, 'people', application),
              keep('evidence-check', EVIDENCE, 'jobs', application),
            ],
          },
        ]
      : []),
    ...(found?.tests
      ? [
          {
            ...bare(jobId('test', application), `Test ${application}`),
            secrets: [...new Set([...signing, ...sonarSecret(found.tests.sonar?.token)])],
            steps: [
              {
                do: 'waybill' as const,
                title: 'Test',
                words: ['test', application, '--reports', REPORTS, '--evidence', `${EVIDENCE}/test.jsonl`],
              },
              { do: 'publish' as const, what: 'tests' as const, files: `${REPORTS}/**/*.xml` },
              keep('reports-test', REPORTS, 'people', application),
              keep('evidence-test', EVIDENCE, 'jobs', application),
            ],
          },
        ]
      : []),
  ]
}

export function buildJob(config: Config, application: string, more: readonly Step[]): Job {
  const before = sourceJobs(config, application).map(({ id }) => id)
  const evidence = before.map((id) => (id.startsWith('check') ? 'check' : 'test'))
  const host = buildHost(config)
  return {
    ...bare(jobId('build', application), `Build ${application}`),
    after: before,
    registries: [{ host, may: 'push', login: config.ci?.login[host] }],
    secrets: secretsOf(config, ['build', 'signature', 'tests', 'vulns', 'cyclonedx', 'spdx']),
    identity: true,
    timeout: 60,
    steps: [
      ...evidence.map((name) => ({
        do: 'take' as const,
        name: `evidence-${name}-${application}`,
        folder: EVIDENCE,
      })),
      {
        do: 'waybill',
        title: `Build ${application}`,
        words: [
          'build',
          application,
          ...evidence.flatMap((name) => ['--evidence', `${EVIDENCE}/${name}.jsonl`]),
          '--outputs',
          OUTPUTS,
        ],
      },
      keep('image', OUTPUTS, 'people', application),
      ...more,
    ],
  }
}

interface Wanted {
  readonly image?: string
  /** A branch or tag started it: its name says which image. */
  readonly isFromRef?: boolean
}

export function promoteJob(
  config: Config,
  application: string,
  environment: Environment,
  wanted: Wanted,
): Job {
  const { name, after } = environment
  const isFirst = environment.accepts === 'build'
  const settings = config.ci ?? ciDefaults
  return {
    ...bare(jobId(`promote-${name}`, application), `${application} to ${name}`),
    after: isFirst ? [jobId('build', application)] : [],
    environment: name,
    ...(!isFirst && { onlyWhen: { input: 'application', is: application } }),
    registries: access(config, settings, { push: [name], pull: after?.environments ?? [] }),
    secrets: secretsOf(config, ['promotion', 'pass']),
    pushes: delivers(config, name),
    timeout: 60,
    steps: [
      {
        do: 'waybill',
        title: `Promote to ${name}`,
        words: [
          'promote',
          application,
          '--to',
          name,
          ...(wanted.image === undefined ? [] : ['--image', wanted.image]),
          ...(isFirst || !wanted.isFromRef ? [] : ['--ref', 'ci']),
          ...(isFirst ? [] : [given('image'), given('version')]),
        ],
        why: isFirst
          ? 'By the digest that the build gave, never by a tag.'
          : 'Run again after a failure: it finishes the same promotion.',
      },
    ],
  }
}

export function delivers({ environments }: Config, name: string): boolean {
  return (environments.get(name)?.deliver.length ?? 0) > 0
}

function sonarSecret(token: string | undefined): readonly string[] {
  const name = /^env:\/\/(\w+)$/.exec(token ?? '')?.[1]
  return name === undefined ? [] : [name]
}

function keep(name: string, folder: string, whom: 'jobs' | 'people', application: string): Step {
  return { do: 'keep', name: `${name}-${application}`, folder, days: DAYS, for: whom }
}

function given(input: string): Word {
  return { given: input, words: [`--${input}`, `{${input}}`] }
}

export function jobId(what: string, application: string): string {
  return `${what}-${application}`
}

export function bare(id: string, title: string): Omit<Job, 'steps'> {
  return {
    id,
    title,
    after: [],
    registries: [],
    secrets: [],
    history: 'one',
    identity: false,
    pushes: false,
    timeout: 30,
  }
}
