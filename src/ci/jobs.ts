import { ciDefaults } from '../config/index.ts'
import type { Config, Environment } from '../config/index.ts'
import type { Input, Job, Step, Word } from './flow.ts'
import { access, buildHost, gateSecrets, gitHosts, signing } from './rights.ts'

const REPORTS = '{temp}/reports'
const EVIDENCE = '{temp}/evidence'
/** Where a build leaves what later steps need. */
const OUTPUTS = '{temp}/build'
const COMMENTS = '{temp}/comment'
const COMMENT = `${COMMENTS}/comment.md`
const DAYS = 14

/** How far what a job says may be believed: a pull request's word is signed by nobody. */
type Trust = 'signed' | 'unsigned'

/** Checks and tests: side by side, without a registry. */
export function sourceJobs(config: Config, application: string, trust: Trust): readonly Job[] {
  const found = config.applications.get(application)
  return [
    ...(found?.checks.length ? [checkJob(config, application, trust)] : []),
    ...(found?.tests ? [testJob(config, application, trust)] : []),
  ]
}

function checkJob(config: Config, application: string, trust: Trust): Job {
  return {
    ...bare(jobId('check', application), `Check the source of ${application}`),
    history: 'all',
    ...signing(config, trust === 'signed' ? EVIDENCE_FACTS : []),
    steps: [
      {
        do: 'waybill',
        title: 'Check the source',
        words: ['check', application, '--reports', REPORTS, ...evidenceWords('check', trust)],
        why: 'Before anything is built: a leaked secret stops here.',
      },
      keep('reports-check', REPORTS, 'people', application),
      ...(trust === 'signed' ? [keep('evidence-check', EVIDENCE, 'jobs', application)] : []),
    ],
  }
}

function testJob(config: Config, application: string, trust: Trust): Job {
  const tests = config.applications.get(application)?.tests
  const sonar = sonarSecret(tests?.sonar?.token)
  const step = { do: 'waybill' as const, title: 'Test' }
  const words = ['test', application, '--reports', REPORTS, ...evidenceWords('test', trust)]
  const suites = tests?.suites.flatMap(({ name }) => ['--only', name]) ?? []
  const signs = signing(config, trust === 'signed' ? EVIDENCE_FACTS : [])
  return {
    ...bare(jobId('test', application), `Test ${application}`),
    ...signs,
    secrets: [...new Set([...signs.secrets, ...sonar])],
    steps: [
      ...(trust === 'signed' || sonar.length === 0
        ? [{ ...step, words }]
        : [
            { ...step, words, when: 'own' as const },
            {
              ...step,
              words: [...words, ...suites],
              when: 'fork' as const,
              why: 'A fork gets no token for SonarQube: its quality gate is not asked.',
            },
          ]),
      { do: 'publish', what: 'tests', files: `${REPORTS}/**/*.xml` },
      ...coverageFiles(config, application).map((files) => ({
        do: 'publish' as const,
        what: 'coverage' as const,
        files,
      })),
      keep('reports-test', REPORTS, 'people', application),
      ...(trust === 'signed' ? [keep('evidence-test', EVIDENCE, 'jobs', application)] : []),
    ],
  }
}

/** Reports of suites that are named like coverage in XML, which is what CI systems show. */
function coverageFiles(config: Config, application: string): readonly string[] {
  const suites = config.applications.get(application)?.tests?.suites ?? []
  return suites.flatMap(({ reports }) =>
    reports.filter((file) => /(?:cover|cobertura|jacoco)[^/]*\.xml$/i.test(file)),
  )
}

const EVIDENCE_FACTS = ['tests', 'vulnerabilities']
const BUILD_FACTS = ['build', 'signature', ...EVIDENCE_FACTS, 'cyclonedx', 'spdx']

function evidenceWords(name: string, trust: Trust): readonly string[] {
  return trust === 'signed' ? ['--evidence', `${EVIDENCE}/${name}.jsonl`] : []
}

/** The one build of a commit: what was signed about the source goes with the image. */
export function buildJob(config: Config, application: string): Job {
  const before = sourceJobs(config, application, 'signed').map(({ id }) => id)
  const evidence = before.map((id) => (id.startsWith('check') ? 'check' : 'test'))
  return {
    ...imageJob(config, application, before),
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
    ],
  }
}

/** A preview, and the comment about it by a job that runs nothing of the pull request. */
export function previewJobs(config: Config, application: string): readonly Job[] {
  const before = sourceJobs(config, application, 'unsigned').map(({ id }) => id)
  const job = imageJob(config, application, before)
  const words = ['build', application, '--outputs', OUTPUTS, '-o', 'markdown']
  return [
    {
      ...job,
      steps: [
        {
          do: 'waybill',
          title: `Build a preview of ${application}`,
          words,
          into: COMMENT,
          when: 'own',
          why: 'Pushed as pr-… and never promotable.',
        },
        {
          do: 'waybill',
          title: `Try the build of ${application}`,
          words: ['build', application, '--dry-run', '-o', 'markdown'],
          into: COMMENT,
          when: 'fork',
          why: 'A fork gets no secrets: its image is built, and pushed nowhere.',
        },
        keep('comment', COMMENTS, 'jobs', application),
      ],
    },
    {
      ...bare(jobId('comment', application), `Tell what was built of ${application}`),
      after: [job.id],
      comments: true,
      steps: [
        { do: 'take', name: `comment-${application}`, folder: COMMENTS },
        { do: 'comment', file: COMMENT, marker: `<!-- waybill:build:${application} -->` },
      ],
    },
  ]
}

function imageJob(config: Config, application: string, after: readonly string[]): Omit<Job, 'steps'> {
  const host = buildHost(config)
  const build = config.applications.get(application)?.build
  return {
    ...bare(jobId('build', application), `Build ${application}`),
    after,
    registries: [{ host, may: 'push', login: config.ci?.login[host] }],
    ...signing(config, BUILD_FACTS),
    identity: true,
    timeout: 60,
    ...(build && {
      builds: {
        builder: build.builder,
        platforms: build.platforms,
        ...(build.cache && { cache: build.cache.type }),
      },
    }),
  }
}

interface Wanted {
  readonly image?: string
  /** A branch or tag started it: its name says which image. */
  readonly isFromRef?: boolean
  /** A person says which application. */
  readonly isAsked?: boolean
  /** What else a person may say, each for the flag of its name. */
  readonly inputs?: readonly Input[]
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
  const { secrets, keyServices } = signing(config, ['promotion', 'pass'])
  return {
    ...bare(jobId(`promote-${name}`, application), `${application} to ${name}`),
    after: isFirst ? [jobId('build', application)] : [],
    ...(after && { follows: after.environments.map((one) => jobId(`promote-${one}`, application)) }),
    environment: name,
    exclusive: `promote-${name}-${application}`,
    ...(wanted.isAsked && { onlyWhen: { input: 'application', is: application } }),
    registries: access(config, settings, { push: [name], pull: after?.environments ?? [] }),
    secrets: [...secrets, ...gateSecrets(environment)],
    keyServices,
    gitHosts: gitHosts(config, name),
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
          ...(wanted.inputs ?? []).map(({ name: input }) => given(input)),
        ],
        why: isFirst
          ? 'By the digest that the build gave, never by a tag.'
          : 'Exit code 4: an approval, a soak or a window is still to come. Run again, it finishes the same promotion.',
      },
    ],
  }
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
    keyServices: [],
    history: 'one',
    identity: false,
    gitHosts: [],
    comments: false,
    timeout: 30,
  }
}
