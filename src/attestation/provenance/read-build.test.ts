import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readBuild } from '../provenance.ts'
import type { BuildFacts } from '../provenance.ts'

// Shapes as their documentation has them: actions/attest 3, GitLab Runner 18 and GitLab 18.3, BuildKit 0.32 (v1 and
// v0.2), slsa-github-generator 2.1. Values are made up.
const V1 = 'https://slsa.dev/provenance/v1'
const V02 = 'https://slsa.dev/provenance/v0.2'
const V01 = 'https://slsa.dev/provenance/v0.1'
const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const REPOSITORY = 'https://github.com/contoso/ordersvc'
const PROJECT = 'https://gitlab.example.com/contoso/ordersvc'

type Json = Record<string, unknown>

function github(change: { external?: object; github?: object; dependency?: object } = {}) {
  return {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: {
        workflow: { ref: 'refs/heads/main', repository: REPOSITORY, path: '.github/workflows/release.yml' },
        ...change.external,
      },
      internalParameters: {
        github: {
          event_name: 'push',
          repository_id: '1',
          repository_owner_id: '2',
          runner_environment: 'github-hosted',
          ...change.github,
        },
      },
      resolvedDependencies: [
        { uri: `git+${REPOSITORY}@refs/heads/main`, digest: { gitCommit: COMMIT }, ...change.dependency },
      ],
    },
    runDetails: {
      builder: { id: `${REPOSITORY}/.github/workflows/release.yml@refs/heads/main` },
      metadata: { invocationId: `${REPOSITORY}/actions/runs/7/attempts/1` },
    },
  }
}

function generator(environment: object = {}, uri = `git+${REPOSITORY}@refs/heads/main`) {
  return {
    builder: {
      id: 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.1.0',
    },
    buildType: 'https://github.com/slsa-framework/slsa-github-generator/container@v1',
    invocation: {
      configSource: { uri, digest: { sha1: COMMIT }, entryPoint: '.github/workflows/release.yml' },
      parameters: {},
      environment: {
        github_actor: 'dana',
        github_event_name: 'push',
        github_ref: 'refs/heads/main',
        github_ref_type: 'branch',
        ...environment,
      },
    },
    metadata: {
      buildInvocationID: '7-1',
      completeness: { parameters: true, environment: false, materials: false },
    },
    materials: [{ uri, digest: { sha1: COMMIT } }],
  }
}

function gitlab(variables: object = {}, internal: object = {}) {
  return {
    buildDefinition: {
      buildType: 'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1',
      externalParameters: {
        source: PROJECT,
        entryPoint: 'build-job',
        variables: {
          CI_PIPELINE_SOURCE: 'push',
          CI_COMMIT_BRANCH: 'main',
          GITLAB_USER_EMAIL: 'dana@example.com',
          SECRET: '[MASKED]',
          ...variables,
        },
      },
      internalParameters: {
        name: 'runner-1',
        executor: 'docker',
        architecture: 'amd64',
        job: '42',
        ...internal,
      },
      resolvedDependencies: [{ uri: PROJECT, digest: { gitCommit: COMMIT } }],
    },
    runDetails: {
      builder: { id: `${PROJECT}/-/runners/1` },
      metadata: { invocationId: '42', finishedOn: '2026-03-01T10:00:00Z' },
    },
  }
}

/** All variables beside `source`, without values; the commit is called sha256. */
function gitlabRunner(variables: object = {}) {
  return {
    buildDefinition: {
      buildType: 'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/18.3.0/PROVENANCE.md',
      externalParameters: { source: PROJECT, entryPoint: 'build-job', CI_PIPELINE_SOURCE: '', ...variables },
      internalParameters: { name: 'runner-1', executor: 'docker', architecture: 'amd64', job: '42' },
      resolvedDependencies: [{ uri: PROJECT, digest: { sha256: COMMIT } }],
    },
    runDetails: { builder: { id: `${PROJECT}/-/runners/1` } },
  }
}

function gitlabRunnerV02() {
  return {
    buildType: 'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v15.0.0/PROVENANCE.md',
    builder: { id: `${PROJECT}/-/runners/1` },
    invocation: {
      configSource: { uri: PROJECT, digest: { sha256: COMMIT }, entryPoint: 'build-job' },
      environment: { name: 'runner-1', executor: 'docker', architecture: 'amd64' },
      parameters: { CI_JOB_ID: '', CI_MERGE_REQUEST_IID: '' },
    },
    metadata: { buildStartedOn: '2026-03-01T09:59:00Z', buildFinishedOn: '2026-03-01T10:00:00Z' },
    materials: [],
  }
}

function buildkit(configSource: object, vcs?: object) {
  return {
    buildDefinition: {
      buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
      externalParameters: {
        configSource,
        request: {
          frontend: 'dockerfile.v0',
          args: { 'build-arg:DEBUG': '1' },
          locals: [{ name: 'context' }],
        },
      },
      internalParameters: { builderPlatform: 'linux/amd64' },
      resolvedDependencies: [
        { uri: 'pkg:docker/alpine@3.20?platform=linux%2Famd64', digest: { sha256: 'a'.repeat(64) } },
      ],
    },
    runDetails: {
      builder: { id: '' },
      metadata: {
        invocationID: 'rpv7',
        finishedOn: '2026-03-01T10:00:00Z',
        ...(vcs && { buildkit_metadata: { vcs } }),
      },
    },
  }
}

function buildkitV02() {
  return {
    builder: { id: 'https://github.com/contoso/ordersvc/actions/runs/7' },
    buildType: 'https://mobyproject.org/buildkit@v1',
    invocation: {
      configSource: {
        uri: `${REPOSITORY}.git#refs/pull/7/merge`,
        digest: { sha1: COMMIT },
        entryPoint: 'Dockerfile',
      },
      parameters: { frontend: 'dockerfile.v0', args: { target: 'release' } },
      environment: { platform: 'linux/amd64' },
    },
    metadata: { buildInvocationID: 'x', 'https://mobyproject.org/buildkit@v1#metadata': {} },
    materials: [],
  }
}

const gitContext = {
  uri: `${REPOSITORY}.git#refs/heads/main:app`,
  digest: { sha1: COMMIT },
  path: 'Dockerfile',
}
const vcs = { source: REPOSITORY, revision: COMMIT }

interface Case {
  readonly type?: string
  readonly predicate: object
  /** undefined: nothing can be told from it. */
  readonly facts: Partial<BuildFacts> | undefined
}

function azure(change: { external?: object; azure?: object } = {}) {
  const source = 'https://dev.azure.com/contoso/shop/_git/ordersvc'
  return {
    buildDefinition: {
      buildType: 'https://waybill.dev/buildtypes/azure-pipelines/v1',
      externalParameters: {
        repository: source,
        ref: 'refs/heads/main',
        definitionId: '12',
        ...change.external,
      },
      internalParameters: {
        azure: { reason: 'IndividualCI', organizationId: 'o', projectId: 'p', ...change.azure },
      },
      resolvedDependencies: [{ uri: `git+${source}@refs/heads/main`, digest: { gitCommit: COMMIT } }],
    },
    runDetails: { builder: { id: 'https://dev.azure.com/contoso/shop/_build?definitionId=12' } },
  }
}

const identity = {
  verified: true,
  system: 'github',
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'repo:contoso/ordersvc',
  audience: 'waybill',
  facts: ['source', 'commit'],
  claims: { ref_protected: 'false', actor: 'dana' },
}
const details = { builder: 'native', platforms: ['linux/amd64'], dirty: true, author: 'Dana@example.com' }

const cases: Readonly<Record<string, Case>> = {
  'Azure Pipelines, of Waybill’s type': {
    predicate: azure(),
    facts: { event: 'push', branch: 'main', commit: COMMIT, workflow: '12', issuer: undefined, vouched: [] },
  },
  'Azure Pipelines: a reason nobody knows is no known event': {
    predicate: azure({ azure: { reason: 'BuildCompletion' } }),
    facts: { event: undefined },
  },
  'Azure Pipelines: the parameters and the dependency name different refs': {
    predicate: azure({ external: { ref: 'refs/pull/7/merge' } }),
    facts: undefined,
  },
  'Azure Pipelines: a parameter it does not know': {
    predicate: azure({ external: { skipTests: true } }),
    facts: undefined,
  },
  'what a token vouches for, and what only Waybill knows': {
    predicate: {
      ...github(),
      'https://waybill.dev/ci-identity/v1': identity,
      'https://waybill.dev/build-details/v1': details,
    },
    facts: {
      issuer: identity.issuer,
      vouched: ['source', 'commit'],
      dirty: true,
      author: 'dana@example.com',
      actor: 'dana',
      isProtected: false,
    },
  },
  'an identity that nobody verified vouches for nothing': {
    predicate: { ...github(), 'https://waybill.dev/ci-identity/v1': { ...identity, verified: false } },
    facts: { issuer: undefined, vouched: [], actor: undefined, isProtected: undefined },
  },
  'nor does one that cannot be read': {
    predicate: { ...github(), 'https://waybill.dev/ci-identity/v1': { ...identity, facts: ['all'] } },
    facts: { issuer: undefined, vouched: [] },
  },
  'details that cannot be read could hide a dirty tree': {
    predicate: { ...github(), 'https://waybill.dev/build-details/v1': { ...details, dirty: 'no' } },
    facts: undefined,
  },
  'GitLab writes the number of the job as a number': {
    predicate: { ...gitlab(), runDetails: { ...gitlab().runDetails, metadata: { invocationId: 412 } } },
    facts: { invocation: '412' },
  },
  'GitHub: a push': {
    predicate: github(),
    facts: {
      source: REPOSITORY,
      commit: COMMIT,
      ref: 'refs/heads/main',
      branch: 'main',
      event: 'push',
      runner: 'github-hosted',
      workflow: '.github/workflows/release.yml',
      isProtected: undefined,
      invocation: `${REPOSITORY}/actions/runs/7/attempts/1`,
    },
  },
  'GitHub: the token says whether the ref is protected': {
    predicate: github({ github: { ref_protected: 'true', actor: 'dana' } }),
    facts: { isProtected: true, actor: 'dana' },
  },
  'GitHub: and that it is not': {
    predicate: github({ github: { ref_protected: 'false' } }),
    facts: { isProtected: false },
  },
  'GitHub: pull_request_target is a pull request': {
    predicate: github({ github: { event_name: 'pull_request_target' } }),
    facts: { event: 'pull-request' },
  },
  'GitHub: what may run a stranger’s code is no known event': {
    predicate: github({ github: { event_name: 'workflow_run' } }),
    facts: { event: undefined },
  },
  'GitHub: issue comments neither': {
    predicate: github({ github: { event_name: 'issue_comment' } }),
    facts: { event: undefined },
  },
  'GitHub: started by hand': {
    predicate: github({ github: { event_name: 'workflow_dispatch' } }),
    facts: { event: 'manual' },
  },
  'GitHub: the parameters and the dependency name different repositories': {
    predicate: github({ dependency: { uri: 'git+https://github.com/mallory/ordersvc@refs/heads/main' } }),
    facts: undefined,
  },
  'GitHub: or different refs': {
    predicate: github({ dependency: { uri: `git+${REPOSITORY}@refs/pull/7/merge` } }),
    facts: undefined,
  },
  'GitHub: by its older name, with inputs': {
    predicate: {
      ...github(),
      buildDefinition: {
        ...github({ external: { inputs: { debug: true } } }).buildDefinition,
        buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
      },
    },
    facts: { source: REPOSITORY, event: 'push', branch: 'main' },
  },
  'GitHub: without its internal parameters': {
    predicate: { ...github(), buildDefinition: { ...github().buildDefinition, internalParameters: {} } },
    facts: undefined,
  },
  'GitHub generator, v0.2': {
    type: V02,
    predicate: generator(),
    facts: {
      source: REPOSITORY,
      commit: COMMIT,
      branch: 'main',
      event: 'push',
      actor: 'dana',
      workflow: '.github/workflows/release.yml',
    },
  },
  'GitHub generator: a tag': {
    type: V02,
    predicate: generator({ github_ref: 'refs/tags/v1' }, `git+${REPOSITORY}@refs/tags/v1`),
    facts: { event: 'tag', branch: undefined, ref: 'refs/tags/v1' },
  },
  'GitHub generator: the environment names another ref than the source': {
    type: V02,
    predicate: generator({ github_ref: 'refs/heads/main' }, `git+${REPOSITORY}@refs/heads/feature`),
    facts: undefined,
  },
  'GitLab control plane: a push': {
    predicate: gitlab(),
    facts: {
      source: PROJECT,
      commit: COMMIT,
      branch: 'main',
      event: 'push',
      actor: 'dana@example.com',
      runner: 'runner-1',
      workflow: 'build-job',
    },
  },
  'GitLab: a merge request that calls itself a push': {
    predicate: gitlab({ CI_MERGE_REQUEST_IID: '' }),
    facts: { event: 'pull-request' },
  },
  'GitLab: a variable does not protect a branch': {
    predicate: gitlab({ CI_COMMIT_REF_PROTECTED: 'true' }),
    facts: { isProtected: undefined },
  },
  'GitLab: the token’s claim does': {
    predicate: gitlab({}, { ref_protected: 'true' }),
    facts: { isProtected: true },
  },
  'GitLab: masked is not known': {
    predicate: gitlab({ CI_COMMIT_BRANCH: '[MASKED]' }),
    facts: { branch: undefined },
  },
  'GitLab: a tag': {
    predicate: gitlab({ CI_COMMIT_TAG: 'v1', CI_COMMIT_BRANCH: '' }),
    facts: { event: 'tag', ref: 'refs/tags/v1', branch: undefined },
  },
  'GitLab runner: names without values tell no event': {
    predicate: gitlabRunner(),
    facts: { source: PROJECT, commit: COMMIT, event: undefined, branch: undefined, runner: 'runner-1' },
  },
  'GitLab runner: but they tell a merge request': {
    predicate: gitlabRunner({ CI_MERGE_REQUEST_ID: '' }),
    facts: { event: 'pull-request' },
  },
  'GitLab runner, v0.2': {
    type: V02,
    predicate: gitlabRunnerV02(),
    facts: { source: PROJECT, commit: COMMIT, event: 'pull-request', finishedOn: '2026-03-01T10:00:00Z' },
  },
  'BuildKit: a git context': {
    predicate: buildkit(gitContext),
    facts: {
      source: `${REPOSITORY}.git`,
      commit: COMMIT,
      ref: 'refs/heads/main',
      branch: 'main',
      event: undefined,
      invocation: 'rpv7',
      isHearsay: false,
    },
  },
  'BuildKit: a fragment may be a branch or a tag': {
    predicate: buildkit({ ...gitContext, uri: `${REPOSITORY}.git#main` }),
    facts: { ref: undefined, branch: undefined },
  },
  'BuildKit: a folder, and what the client said about it': {
    predicate: buildkit({ path: 'Dockerfile' }, { ...vcs, revision: `${COMMIT}-dirty` }),
    facts: { source: REPOSITORY, commit: COMMIT, dirty: true, isHearsay: true },
  },
  'BuildKit: a folder nobody said anything about': {
    predicate: buildkit({ path: 'Dockerfile' }),
    facts: undefined,
  },
  'BuildKit: a revision that is none': {
    predicate: buildkit({}, { ...vcs, revision: 'main' }),
    facts: undefined,
  },
  'BuildKit, v0.2: its ref is a witness': {
    type: V02,
    predicate: buildkitV02(),
    facts: { commit: COMMIT, ref: 'refs/pull/7/merge', event: undefined, workflow: 'Dockerfile' },
  },
  'v0.1, of a build type nobody knows': {
    type: V01,
    predicate: {
      builder: { id: 'https://ci.example.com' },
      recipe: { type: 'https://example.com/make/v1', definedInMaterial: 0, entryPoint: 'Makefile' },
      materials: [{ uri: `git+${REPOSITORY}@refs/heads/main`, digest: { sha1: COMMIT } }],
    },
    facts: { source: REPOSITORY, commit: COMMIT, event: undefined, builderId: 'https://ci.example.com' },
  },
  'a v1 predicate under the type of v0.2': { type: V02, predicate: github(), facts: undefined },
  'a type that is no provenance': { type: 'https://example.com/x', predicate: github(), facts: undefined },
  'two parameters with one path': {
    predicate: github({ external: { 'workflow.path': 'other' } }),
    facts: undefined,
  },
}

describe('src/attestation/provenance/read-build', () => {
  for (const [name, { type = V1, predicate, facts }] of Object.entries(cases))
    test(name, () => {
      const read = readBuild({ predicateType: type, predicate })
      if (!facts) return assert.equal(read, undefined)
      assert.ok(read, 'nothing was read')
      const asked = Object.keys(facts).map((key) => [key, (read as unknown as Json)[key]])
      return assert.deepEqual(Object.fromEntries(asked), facts)
    })

  test('parameters stand under their paths', () => {
    const read = readBuild({ predicateType: V1, predicate: buildkit(gitContext) })
    assert.equal(read?.parameters['request.args.build-arg:DEBUG'], '1')
    assert.equal(read?.parameters['request.locals'], '[{"name":"context"}]')
    assert.ok(!read?.understood.includes('request.args.build-arg:DEBUG'))
  })

  const samples: readonly (readonly [string, object])[] = [
    [V1, github()],
    [V1, gitlab()],
    [V1, gitlabRunner()],
    [V1, buildkit(gitContext)],
    [V02, generator()],
    [V02, gitlabRunnerV02()],
    [V02, buildkitV02()],
  ]

  test('whatever is changed in it, it is read or it is not; nothing is thrown, and no event comes out of nowhere', () => {
    const junk = fc.oneof(
      fc.constantFrom(null, '', '__proto__', 'constructor', [], {}, 0, 1e308, '[MASKED]', 'x'.repeat(5000)),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), junk, ([predicateType, predicate], at, value) => {
        const read = readBuild({ predicateType, predicate: replaced(predicate, at, value) })
        if (read) assert.ok(read.commit !== '' && typeof read.source === 'string')
        if (read?.event === 'pull-request') return
        const before = readBuild({ predicateType, predicate })
        if (before?.event === undefined) assert.equal(read?.event, undefined)
      }),
      { numRuns: 2000 },
    )
  })

  test('anything at all', () => {
    fc.assert(
      fc.property(fc.constantFrom(V1, V02, V01), fc.jsonValue(), (predicateType, predicate) => {
        readBuild({ predicateType, predicate })
      }),
    )
  })
})

/** The same with one of its values, counted through, replaced. */
function replaced(sample: object, at: number, value: unknown): unknown {
  const copy = structuredClone(sample) as Json
  const places: (readonly [Json, string])[] = []
  const walk = (one: unknown) => {
    if (typeof one !== 'object' || one === null) return
    for (const [key, inner] of Object.entries(one)) {
      places.push([one as Json, key])
      walk(inner)
    }
  }
  walk(copy)
  const [holder, key] = places[at % places.length] ?? []
  if (holder && key !== undefined) holder[key] = value
  return copy
}
