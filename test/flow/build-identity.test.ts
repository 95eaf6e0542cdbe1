import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { CI_IDENTITY } from '../../src/attestation/index.ts'
import { commitAll, Scratch } from '../support/build.ts'
import { CiJob, HOSTS, jenkinsTemplates, ORGANISATION, SOURCES } from '../support/ci-jobs.ts'
import type { JobShape, System } from '../support/ci-jobs.ts'
import { kmsProxy } from '../support/kms-services.ts'
import { loadedPackages, noting } from '../support/loaded-packages.ts'
import { issuerKey } from '../support/oidc-issuer.ts'
import { APP, openRoad } from '../support/road.ts'
import type { CliResult, Road } from '../support/road.ts'

// Through the command line, in a job of each system: its token service and issuer answer on the hosts they have in
// life, through a proxy, over TLS.

const OPENSSL = 'openssl'
const skip = spawnSync(OPENSSL, ['version']).status === 0 ? false : 'openssl is not installed'

const SYSTEMS = ['github', 'gitlab', 'azure-devops', 'jenkins'] as const

interface Lab {
  readonly road: Road
  readonly job: CiJob
  readonly commit: string
  readonly context: string
  /** Of a job that may reach its CI system. */
  readonly env: NodeJS.ProcessEnv
  readonly build: (env?: NodeJS.ProcessEnv, ...words: readonly string[]) => Promise<CliResult>
}

interface LabOptions {
  readonly shape?: (commit: string) => Partial<JobShape>
  /** `identity` of waybill.yaml. */
  readonly identity?: unknown
  /** Of the environment dev. */
  readonly gate?: object
}

async function lab(t: TestContext, system: System, options: LabOptions = {}): Promise<Lab> {
  const scratch = new Scratch()
  t.after(() => scratch[Symbol.dispose]())
  const context = scratch.repository('app', { 'app.txt': `built by ${system}` })
  git(context, 'remote', 'set-url', 'origin', `${SOURCES[system]}.git`)
  git(context, 'checkout', '-q', '--detach')
  const commit = git(context, 'rev-parse', 'HEAD')
  const job = new CiJob(system, { commit, ...options.shape?.(commit) })
  const road = await openRoad(t, {
    git: false,
    edit: (config) => {
      config.applications = { [APP]: { source: SOURCES[system], build: { context } } }
      const gates = [{ provenance: { branches: ['dev'], ...options.gate } }]
      config.environments = { dev: { ...config.environments['dev'], gates } }
      if (options.identity !== undefined) config['identity'] = options.identity
    },
  })
  const proxy = await kmsProxy(t, job, HOSTS)
  const build: Lab['build'] = (env = job.environment, ...words) =>
    road.cli(['build', APP, '-o', 'json', ...words], { ...proxy, ...env })
  return { road, job, commit, context, env: proxy, build }
}

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, stdio: 'pipe' }).toString().trim()
}

interface Built {
  readonly outcome: string
  readonly digest: string
  readonly identity: {
    readonly verified: boolean
    readonly issuer?: string
    readonly facts: readonly string[]
  }
  readonly tags: readonly string[]
  readonly provenance: string
}

function built({ code, stdout, stderr }: CliResult): Built {
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Built
}

function refusedWith(result: CliResult, code: string, exit: number, reason: RegExp): void {
  assert.equal(result.code, exit, result.stderr)
  const told = JSON.parse(result.stdout) as { readonly code: string; readonly message: string }
  assert.equal(told.code, code)
  assert.match(told.message, reason)
}

type Predicate = Record<string, Record<string, Record<string, unknown>>>

/** The signed provenance, as `evidence show` has it. */
async function provenanceOn({ road }: Lab, { digest, provenance }: Built): Promise<Predicate> {
  const shown = await road.cli(['evidence', 'show', digest, provenance, '-o', 'json'])
  assert.equal(shown.code, 0, shown.stderr)
  return (JSON.parse(shown.stdout) as { statement: { predicate: Predicate } }).statement.predicate
}

const VERIFIED: Readonly<Record<System, object>> = {
  github: { identity: 'verified', event: 'push', protectedBranch: true },
  gitlab: { identity: 'verified', event: 'push', protectedBranch: true },
  'azure-devops': { identity: { issuers: [`https://vstoken.dev.azure.com/${ORGANISATION}`] } },
  jenkins: { identity: { issuers: ['https://jenkins.example.com/oidc'] } },
}

describe('waybill build in a CI job', { skip }, () => {
  for (const system of SYSTEMS)
    it(`${system}: verified, signed, promoted through a gate that demands it`, async (t) => {
      const shape = (commit: string) => (system === 'jenkins' ? { claims: jenkinsTemplates(commit) } : {})
      const place = await lab(t, system, { shape, gate: VERIFIED[system] })
      const first = built(await place.build())
      assert.equal(first.outcome, 'built')
      assert.equal(first.identity.issuer, place.job.issuer.issuer)
      for (const fact of ['source', 'commit', 'ref', 'builder', 'run'])
        assert.ok(first.identity.facts.includes(fact), fact)
      assert.equal(place.job.issuer.seen.length, 2, 'one request for the document, one for the keys')

      const { code, stdout, stderr } = await place.road.cli([
        'promote',
        APP,
        '--to',
        'dev',
        '--image',
        first.digest,
        '-o',
        'json',
      ])
      assert.equal(code, 0, stderr)
      assert.match(stdout, /verified/)
      const traced = await place.road.cli(['trace', first.digest])
      assert.match(traced.stdout.replaceAll(/\s+/g, ' '), /source, commit, ref.* verified by https:/)
      const verified = await place.road.cli(['verify', first.digest, '-o', 'json'])
      assert.equal(verified.code, 0, verified.stderr)
      assert.match(verified.stdout, /verified with tokens of https:/)
    })

  for (const system of SYSTEMS)
    it(`${system}: another run of the same commit is already built`, async (t) => {
      const place = await lab(t, system)
      const first = built(await place.build())
      const run = new CiJob(system, { commit: place.commit, ...ANOTHER_RUN[system] })
      run.issuer.keys = place.job.issuer.keys
      Object.assign(place.job, { env: run.env, claims: run.claims })
      const again = built(await place.build())
      assert.equal(again.outcome, 'already')
      assert.equal(again.digest, first.digest)
    })

  for (const system of SYSTEMS)
    it(`${system}: without a token its facts are claims, in Waybill's own build type, and the gate says so`, async (t) => {
      const place = await lab(t, system, { gate: { identity: 'verified' } })
      const first = built(await place.build(claimsOf(place.job)))
      assert.deepEqual(first.identity, { verified: false, facts: [] })
      const predicate = await provenanceOn(place, first)
      assert.equal(predicate['buildDefinition']?.['buildType'], 'https://waybill.dev/build/v1')
      assert.deepEqual(predicate[CI_IDENTITY], { verified: false, system })
      const promotion = await place.road.cli(['promote', APP, '--to', 'dev', '--image', first.digest])
      assert.equal(promotion.code, 3)
      assert.match(promotion.stdout.replaceAll(/\s+/g, ' '), /only claimed/)
      // The token arrives: another account is added, and that one is enough.
      const again = built(await place.build())
      assert.equal(again.digest, first.digest)
      if (system === 'jenkins' || system === 'azure-devops') return
      const promoted = await place.road.cli(['promote', APP, '--to', 'dev', '--image', first.digest])
      assert.equal(promoted.code, 0, promoted.stdout)
    })

  it("github: writes what actions/attest writes, and keeps what is Waybill's own apart", async (t) => {
    const place = await lab(t, 'github')
    const predicate = await provenanceOn(place, built(await place.build()))
    assert.deepEqual(predicate['buildDefinition'], {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: {
        workflow: {
          ref: 'refs/heads/dev',
          repository: 'https://github.com/contoso/ordersvc',
          path: '.github/workflows/build.yml',
        },
      },
      internalParameters: {
        github: {
          event_name: 'push',
          repository_id: '74',
          repository_owner_id: '65',
          runner_environment: 'github-hosted',
        },
      },
      resolvedDependencies: [
        {
          uri: 'git+https://github.com/contoso/ordersvc@refs/heads/dev',
          digest: { gitCommit: place.commit },
        },
      ],
    })
    const { builder, metadata } = predicate['runDetails'] ?? {}
    assert.deepEqual(builder, {
      id: 'https://github.com/contoso/automation/.github/workflows/oidc.yml@refs/heads/main',
    })
    assert.equal(metadata?.['invocationId'], 'https://github.com/contoso/ordersvc/actions/runs/77/attempts/2')
    assert.deepEqual(Object.keys(predicate).toSorted(), [
      'buildDefinition',
      'https://waybill.dev/build-details/v1',
      'https://waybill.dev/ci-identity/v1',
      'runDetails',
    ])
  })

  it('gitlab: writes its published type, with the variables that the token vouches for', async (t) => {
    const place = await lab(t, 'gitlab')
    const predicate = await provenanceOn(place, built(await place.build()))
    assert.deepEqual(predicate['buildDefinition'], {
      buildType: 'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1',
      externalParameters: {
        source: 'https://gitlab.example.com/contoso/ordersvc',
        entryPoint: 'build-job',
        variables: {
          CI_PIPELINE_SOURCE: 'push',
          CI_COMMIT_BRANCH: 'dev',
          GITLAB_USER_LOGIN: 'ada',
          GITLAB_USER_EMAIL: 'ada@example.com',
        },
      },
      internalParameters: { name: 'runner-1', architecture: 'linux/amd64', job: 302 },
      resolvedDependencies: [
        { uri: 'https://gitlab.example.com/contoso/ordersvc', digest: { gitCommit: place.commit } },
      ],
    })
    assert.deepEqual(predicate['runDetails']?.['builder'], {
      id: 'https://gitlab.example.com/contoso/ordersvc/-/runners/1',
    })
    assert.equal(predicate['runDetails']?.['metadata']?.['invocationId'], '302')
  })

  it("azure-devops: writes Waybill's type for it, with the attempts", async (t) => {
    const place = await lab(t, 'azure-devops')
    const predicate = await provenanceOn(place, built(await place.build()))
    const source = 'https://dev.azure.com/contoso/shop/_git/ordersvc'
    assert.deepEqual(predicate['buildDefinition'], {
      buildType: 'https://waybill.dev/buildtypes/azure-pipelines/v1',
      externalParameters: { repository: source, ref: 'refs/heads/dev', definitionId: '12' },
      internalParameters: {
        azure: {
          reason: 'IndividualCI',
          organizationId: ORGANISATION,
          projectId: '22222222-2222-2222-2222-222222222222',
          repositoryId: '33333333-3333-3333-3333-333333333333',
        },
      },
      resolvedDependencies: [{ uri: `git+${source}@refs/heads/dev`, digest: { gitCommit: place.commit } }],
    })
    assert.deepEqual(predicate['runDetails']?.['builder'], {
      id: 'https://dev.azure.com/contoso/shop/_build?definitionId=12',
    })
    assert.equal(
      predicate['runDetails']?.['metadata']?.['invocationId'],
      'https://dev.azure.com/contoso/shop/_build/results?buildId=234&stageAttempt=1&jobAttempt=2',
    )
  })

  it('azure-devops: its token names no event, so a gate that asks for one fails and says what is missing', async (t) => {
    const place = await lab(t, 'azure-devops', { gate: { identity: 'verified', event: 'push' } })
    const { digest } = built(await place.build())
    const { code, stdout } = await place.road.cli(['promote', APP, '--to', 'dev', '--image', digest])
    assert.equal(code, 3)
    assert.match(stdout.replaceAll(/\s+/g, ' '), /does not vouch for event/)
  })

  it('jenkins: with no claim templates the token vouches for job and run alone', async (t) => {
    const place = await lab(t, 'jenkins', { gate: VERIFIED['jenkins'] })
    const made = built(await place.build())
    assert.deepEqual(made.identity.facts, ['builder', 'run'])
    const { code, stdout } = await place.road.cli(['promote', APP, '--to', 'dev', '--image', made.digest])
    assert.equal(code, 3)
    assert.match(stdout.replaceAll(/\s+/g, ' '), /does not vouch for source, commit and ref/)
  })

  it('jenkins: a token in a file', async (t) => {
    const place = await lab(t, 'jenkins')
    const file = join(place.context, '..', 'token')
    writeFileSync(file, `${place.job.token()}\n`)
    const made = built(await place.build({ ...place.job.env, WAYBILL_ID_TOKEN_FILE: file }))
    assert.equal(made.identity.verified, true)
  })
})

const ANOTHER_RUN: Readonly<Record<System, Partial<JobShape>>> = {
  github: { env: { GITHUB_RUN_ATTEMPT: '3' }, claims: { run_attempt: '3' } },
  gitlab: {
    env: { CI_JOB_URL: 'https://gitlab.example.com/contoso/ordersvc/-/jobs/303', CI_RUNNER_ID: '2' },
    claims: { job_id: '303', runner_id: 2, user_login: 'bob', user_email: 'bob@example.com' },
  },
  'azure-devops': { env: { BUILD_BUILDID: '235' }, claims: { run_id: '235' } },
  jenkins: {
    env: { BUILD_URL: 'https://jenkins.example.com/job/ordersvc/job/dev/8/' },
    claims: { build_number: 8 },
  },
}

/** The job as it is when nobody gave it a token. */
function claimsOf({ env }: CiJob): NodeJS.ProcessEnv {
  const { ACTIONS_ID_TOKEN_REQUEST_TOKEN: _github, SYSTEM_ACCESSTOKEN: _azure, ...rest } = env
  return rest
}

describe('waybill build and pull requests', { skip }, () => {
  const requests: readonly (readonly [string, System, (commit: string) => Partial<JobShape>])[] = [
    [
      'whose variables say push',
      'github',
      () => ({
        claims: {
          event_name: 'pull_request',
          ref: 'refs/pull/7/merge',
          workflow_ref: 'contoso/ordersvc/.github/workflows/build.yml@refs/pull/7/merge',
        },
        env: { GITHUB_EVENT_NAME: 'push' },
      }),
    ],
    [
      'whose target is named as its ref',
      'github',
      () => ({ claims: { event_name: 'pull_request_target' }, env: { GITHUB_EVENT_NAME: 'push' } }),
    ],
    [
      'of a fork, from a branch with the name of ours',
      'gitlab',
      () => ({ claims: { pipeline_source: 'merge_request_event', project_path: 'mallory/ordersvc' } }),
    ],
    [
      'whose variables say IndividualCI',
      'azure-devops',
      () => ({ claims: { rpo_ref: 'refs/pull/7/merge' } }),
    ],
    [
      'whose variables hide it',
      'jenkins',
      (commit) => ({ claims: { ...jenkinsTemplates(commit), branch_name: 'PR-7', change_id: '7' } }),
    ],
  ]
  for (const [what, system, shape] of requests)
    it(`${system}: one ${what} is never promotable`, async (t) => {
      const place = await lab(t, system, { shape, gate: { branches: undefined, source: undefined } })
      const made = built(await place.build())
      assert.ok(made.tags.every((tag) => tag !== 'dev'))
      const { code, stdout } = await place.road.cli(['promote', APP, '--to', 'dev', '--image', made.digest])
      assert.equal(code, 3)
      assert.match(stdout.replaceAll(/\s+/g, ' '), /never promotable/)
      const stated = await place.build(undefined, '--event', 'push', '--ref', 'refs/heads/dev')
      refusedWith(stated, 'SOURCE_MISMATCH', 2, /event|ref/)
    })
})

describe('waybill build, when the token does not fit', { skip }, () => {
  for (const system of SYSTEMS)
    it(`${system}: of another run`, async (t) => {
      const claims = { run_id: '9', job_id: '9', build_number: 9 }
      const place = await lab(t, system, { shape: () => ({ claims }) })
      refusedWith(await place.build(), 'SOURCE_MISMATCH', 2, /run "/)
      assert.deepEqual(await place.road.store('dev').tags(), [])
    })

  it('what is checked out was changed after the token was made', async (t) => {
    const place = await lab(t, 'github')
    writeFileSync(join(place.context, 'app.txt'), 'another')
    commitAll(place.context)
    refusedWith(await place.build(), 'SOURCE_MISMATCH', 2, /but git says/)
  })

  it('of another issuer, which nobody asks', async (t) => {
    const place = await lab(t, 'gitlab')
    const evil = new CiJob('gitlab', { commit: place.commit, claims: { iss: 'https://169.254.169.254' } })
    const result = await place.build({ ...place.job.env, WAYBILL_ID_TOKEN: evil.token() })
    refusedWith(result, 'IDENTITY_INVALID', 3, /its issuer is/)
    assert.deepEqual(place.job.issuer.seen, [])
  })

  it('of an issuer that variables name: it speaks for no repository but its own', async (t) => {
    const env = { CI_SERVER_URL: 'https://jenkins.example.com', CI_PROJECT_URL: '', CI_JOB_URL: '' }
    const claims = { iss: 'https://jenkins.example.com' }
    const place = await lab(t, 'gitlab', { shape: () => ({ env, claims }) })
    Object.assign(place.job.issuer, { issuer: claims.iss })
    place.job.issuer.instead = (address) =>
      address.endsWith('/openid-configuration')
        ? [200, { issuer: claims.iss, jwks_uri: `${claims.iss}/keys` }]
        : [200, { keys: [] }]
    refusedWith(await place.build(), 'IDENTITY_INVALID', 3, /no such key/)
  })

  it('signed with a key that its issuer does not have any more', async (t) => {
    const place = await lab(t, 'gitlab')
    const env = place.job.environment
    place.job.issuer.keys = [issuerKey('ES256')]
    refusedWith(await place.build(env), 'IDENTITY_INVALID', 3, /no such key/)
    assert.equal(built(await place.build()).identity.verified, true)
  })

  it('a token service that refuses: it could not tell', async (t) => {
    const place = await lab(t, 'github')
    const env = { ...place.job.environment, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'wrong' }
    refusedWith(await place.build(env), 'IDENTITY_UNREACHABLE', 1, /answered 401/)
    assert.equal(built(await place.build(env, '--dry-run').then(async () => place.build())).outcome, 'built')
  })

  it('what is handed over is no token', async (t) => {
    const place = await lab(t, 'gitlab')
    refusedWith(
      await place.build({ ...place.job.env, WAYBILL_ID_TOKEN: '${ID_TOKEN}' }),
      'IDENTITY_INVALID',
      3,
      /no identity token/,
    )
  })
})

describe('identity in waybill.yaml', { skip }, () => {
  it('require: a build without a verified identity is refused before anything is built', async (t) => {
    const place = await lab(t, 'github', { identity: { require: true } })
    refusedWith(await place.build(claimsOf(place.job)), 'IDENTITY_MISSING', 3, /no identity token/)
    refusedWith(await place.build({}), 'IDENTITY_MISSING', 3, /no CI job/)
    assert.deepEqual(await place.road.store('dev').tags(), [])
    assert.equal(built(await place.build()).identity.verified, true)
  })

  it('there, and not required: a warning', async (t) => {
    const place = await lab(t, 'github', { identity: {} })
    const result = await place.build(claimsOf(place.job))
    assert.equal(built(result).identity.verified, false)
    assert.match(result.stderr, /its facts are claims/)
  })

  it('off: nobody is asked', async (t) => {
    const place = await lab(t, 'github', { identity: 'off' })
    assert.equal(built(await place.build()).identity.verified, false)
    assert.deepEqual(place.job.issuer.seen, [])
  })

  it('another variable, and another audience', async (t) => {
    const identity = { token: 'env://OUR_TOKEN', audience: 'https://release.contoso.example' }
    const place = await lab(t, 'gitlab', { identity, shape: () => ({ claims: { aud: identity.audience } }) })
    const made = built(await place.build({ ...place.job.env, OUR_TOKEN: place.job.token() }))
    assert.equal(made.identity.verified, true)
    const wrong = {
      ...place.job.env,
      OUR_TOKEN: place.job.issuer.token({ ...place.job.claims, aud: 'waybill' }),
    }
    refusedWith(await place.build(wrong), 'IDENTITY_INVALID', 3, /another audience/)
  })

  it('a named issuer', async (t) => {
    const issuer = 'https://token.actions.githubusercontent.com/contoso-enterprise'
    const place = await lab(t, 'github', {
      identity: { issuer },
      shape: () => ({ claims: { iss: issuer } }),
      gate: VERIFIED['github'],
    })
    Object.assign(place.job.issuer, { issuer })
    const made = built(await place.build())
    assert.equal(made.identity.issuer, issuer)
    const promoted = await place.road.cli(['promote', APP, '--to', 'dev', '--image', made.digest])
    assert.equal(promoted.code, 0, promoted.stdout)
  })

  it('no builder sees the token, and only a job with one loads the library', async (t) => {
    const place = await lab(t, 'gitlab')
    const tools = join(place.context, '..', 'tools')
    mkdirSync(tools)
    const seen = join(tools, 'seen')
    writeFileSync(join(tools, 'buildah'), `#!/bin/sh\nenv > ${seen}\nexit 1\n`, { mode: 0o755 })
    place.road.config.applications[APP] = { build: { builder: 'buildah', context: place.context } }
    place.road.write()
    const env = { ...place.job.environment, PATH: `${tools}:${process.env['PATH']}` }
    assert.notEqual((await place.build(env)).code, 0)
    const told = execFileSync('cat', [seen]).toString()
    assert.match(told, /GITLAB_CI=true/)
    assert.ok(!told.includes('WAYBILL_ID_TOKEN'))

    const file = join(tools, 'loaded.json')
    place.road.config.applications[APP] = { build: { context: place.context } }
    place.road.write()
    built(await place.build({ ...claimsOf(place.job), ...noting(file) }))
    assert.ok(!loadedPackages(file).includes('jose'))
  })
})
