import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ciFacts, sourceUrl } from './index.ts'
import type { CiFacts } from './index.ts'

const commit = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678'
const azure = {
  TF_BUILD: 'True',
  SYSTEM_COLLECTIONURI: 'https://dev.azure.com/contoso/',
  SYSTEM_TEAMPROJECT: 'Order Service',
  SYSTEM_DEFINITIONID: '12',
  BUILD_BUILDID: '234',
  BUILD_SOURCEVERSION: commit,
  BUILD_SOURCEBRANCH: 'refs/heads/dev',
  BUILD_REASON: 'IndividualCI',
  BUILD_REPOSITORY_URI: 'https://contoso@dev.azure.com/contoso/shop/_git/ordersvc',
  BUILD_REQUESTEDFOREMAIL: 'ada@example.com',
  BUILD_REQUESTEDFOR: 'Ada',
}
const github = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SHA: commit,
  GITHUB_REF: 'refs/heads/main',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'contoso/ordersvc',
  GITHUB_RUN_ID: '77',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_ACTOR: 'ada',
  GITHUB_WORKFLOW_REF: 'contoso/ordersvc/.github/workflows/build.yml@refs/heads/main',
}
const gitlab = {
  GITLAB_CI: 'true',
  CI_COMMIT_SHA: commit,
  CI_COMMIT_REF_NAME: 'main',
  CI_PIPELINE_SOURCE: 'push',
  CI_PROJECT_URL: 'https://gitlab.com/contoso/ordersvc',
  CI_JOB_URL: 'https://gitlab.com/contoso/ordersvc/-/jobs/5',
  CI_RUNNER_ID: '9',
  GITLAB_USER_LOGIN: 'ada',
  CI_MERGE_REQUEST_IID: '',
}
const jenkins = {
  JENKINS_URL: 'https://ci.example.com/',
  BUILD_URL: 'https://ci.example.com/job/ordersvc/4/',
  JOB_URL: 'https://ci.example.com/job/ordersvc/',
  GIT_COMMIT: commit,
  GIT_BRANCH: 'origin/main',
  GIT_URL: 'https://user:secret@git.example.com/contoso/ordersvc.git',
}

const cases: readonly [name: string, env: NodeJS.ProcessEnv, expected: Partial<CiFacts>][] = [
  [
    'Azure push',
    azure,
    {
      system: 'azure-devops',
      commit,
      ref: 'refs/heads/dev',
      event: 'push',
      source: 'https://dev.azure.com/contoso/shop/_git/ordersvc',
      invocation: 'https://dev.azure.com/contoso/Order%20Service/_build/results?buildId=234',
      builderId: 'https://dev.azure.com/contoso/Order%20Service/_build?definitionId=12',
      actor: 'ada@example.com',
    },
  ],
  [
    'Azure pull request, also when run by hand',
    {
      ...azure,
      BUILD_REASON: 'Manual',
      BUILD_SOURCEBRANCH: 'refs/pull/8/merge',
      SYSTEM_PULLREQUEST_PULLREQUESTID: '8',
    },
    { event: 'pull-request', pullRequest: '8', ref: 'refs/pull/8/merge' },
  ],
  [
    'Azure pull request of a repository on GitHub',
    {
      ...azure,
      BUILD_REASON: 'PullRequest',
      SYSTEM_PULLREQUEST_PULLREQUESTID: '99',
      SYSTEM_PULLREQUEST_PULLREQUESTNUMBER: '101',
    },
    { event: 'pull-request', pullRequest: '101' },
  ],
  ['Azure tag', { ...azure, BUILD_SOURCEBRANCH: 'refs/tags/v1' }, { event: 'tag', ref: 'refs/tags/v1' }],
  ['Azure schedule', { ...azure, BUILD_REASON: 'Schedule' }, { event: 'schedule' }],
  ['Azure chained', { ...azure, BUILD_REASON: 'ResourceTrigger' }, { event: 'manual' }],
  [
    'GitHub push',
    github,
    {
      system: 'github',
      event: 'push',
      source: 'https://github.com/contoso/ordersvc',
      invocation: 'https://github.com/contoso/ordersvc/actions/runs/77/attempts/2',
      builderId: 'https://github.com/contoso/ordersvc/.github/workflows/build.yml@refs/heads/main',
      actor: 'ada',
    },
  ],
  [
    'GitHub pull request',
    { ...github, GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/101/merge' },
    { event: 'pull-request', pullRequest: '101' },
  ],
  [
    'GitHub pull_request_target on the base branch',
    { ...github, GITHUB_EVENT_NAME: 'pull_request_target' },
    { event: 'pull-request' },
  ],
  ['GitHub merge queue', { ...github, GITHUB_EVENT_NAME: 'merge_group' }, { event: 'pull-request' }],
  ['GitHub dispatch', { ...github, GITHUB_EVENT_NAME: 'workflow_dispatch' }, { event: 'manual' }],
  ['GitHub tag', { ...github, GITHUB_REF: 'refs/tags/v1.4.0' }, { event: 'tag' }],
  [
    'GitLab push',
    gitlab,
    {
      system: 'gitlab',
      ref: 'refs/heads/main',
      event: 'push',
      source: 'https://gitlab.com/contoso/ordersvc',
      invocation: 'https://gitlab.com/contoso/ordersvc/-/jobs/5',
      builderId: 'https://gitlab.com/contoso/ordersvc/-/runners/9',
      actor: 'ada',
    },
  ],
  [
    'GitLab merge request',
    { ...gitlab, CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_IID: '3' },
    { event: 'pull-request', pullRequest: '3', ref: 'refs/merge-requests/3/head' },
  ],
  [
    'GitLab child of a merge request',
    { ...gitlab, CI_PIPELINE_SOURCE: 'parent_pipeline', CI_MERGE_REQUEST_IID: '3' },
    { event: 'pull-request' },
  ],
  ['GitLab tag', { ...gitlab, CI_COMMIT_TAG: 'v1' }, { event: 'tag', ref: 'refs/tags/v1' }],
  ['GitLab by hand', { ...gitlab, CI_PIPELINE_SOURCE: 'web' }, { event: 'manual' }],
  [
    'Jenkins branch, credentials in GIT_URL',
    jenkins,
    {
      system: 'jenkins',
      commit,
      ref: 'refs/heads/main',
      event: 'push',
      source: 'https://git.example.com/contoso/ordersvc',
      invocation: 'https://ci.example.com/job/ordersvc/4/',
      builderId: 'https://ci.example.com/job/ordersvc/',
    },
  ],
  [
    'Jenkins change',
    { ...jenkins, CHANGE_ID: '12', BRANCH_NAME: 'PR-12' },
    { event: 'pull-request', pullRequest: '12', ref: 'refs/pull/12/merge' },
  ],
  ['Jenkins tag', { ...jenkins, TAG_NAME: 'v1' }, { event: 'tag', ref: 'refs/tags/v1' }],
]

describe('src/tools/ci.ts', () => {
  for (const [name, env, expected] of cases)
    it(name, () => {
      const facts = ciFacts(env)
      assert.deepEqual({ ...facts, ...expected }, facts)
    })

  it('is undefined outside CI', () => {
    assert.equal(ciFacts({ PATH: '/bin', CI: 'true' }), undefined)
    assert.equal(ciFacts({ GITHUB_ACTIONS: 'false' }), undefined)
  })

  it('leaves out what is missing or empty', () => {
    assert.deepEqual(ciFacts({ GITLAB_CI: 'true', CI_COMMIT_SHA: '' }), { system: 'gitlab', event: 'manual' })
  })
})

describe('src/tools/source-url.ts', () => {
  const spellings: readonly [string, string | undefined][] = [
    ['https://git.example.com/contoso/ordersvc.git', 'https://git.example.com/contoso/ordersvc'],
    ['https://token:x@Git.Example.com/contoso/ordersvc/', 'https://git.example.com/contoso/ordersvc'],
    ['git@git.example.com:contoso/ordersvc.git', 'https://git.example.com/contoso/ordersvc'],
    ['ssh://git@git.example.com:2222/contoso/ordersvc', 'https://git.example.com/contoso/ordersvc'],
    ['git+https://git.example.com/contoso/ordersvc', 'https://git.example.com/contoso/ordersvc'],
    ['http://127.0.0.1:3000/a/b.git', 'http://127.0.0.1:3000/a/b'],
    ['/srv/git/ordersvc.git', undefined],
    ['../ordersvc.git', undefined],
    ['file:///srv/git/ordersvc.git', undefined],
    ['C:/git/ordersvc', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of spellings)
    it(`${text || '(empty)'} → ${expected}`, () => assert.equal(sourceUrl(text), expected))
})
