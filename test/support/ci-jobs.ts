import type { CiFacts } from '../../src/tools/index.ts'
import type { KmsAnswer, KmsRequest } from './kms-services.ts'
import { OidcIssuer } from './oidc-issuer.ts'
import type { Claims } from './oidc-issuer.ts'

// One job of each CI system on its public hosts: the variables its documentation names, and a token with the claims
// that are recorded or documented of it (GitHub: OpenID Connect reference; GitLab: ID token authentication; Azure
// Pipelines: sigstore/fulcio#1803; Jenkins: oidc-provider plugin). Values are made up.

export type System = CiFacts['system']

export const ORGANISATION = '3f2c1a70-5f6e-4f0e-9a53-0b1d0c9f0a11'

export interface JobShape {
  readonly commit: string
  readonly branch?: string
  /** Variables that say something else than the job is. */
  readonly env?: NodeJS.ProcessEnv
  readonly claims?: Claims
}

/** A job, its token service and its issuer, on the hosts they have in life. */
export class CiJob {
  readonly system: System
  readonly issuer: OidcIssuer
  readonly env: NodeJS.ProcessEnv
  readonly claims: Claims

  constructor(system: System, { commit, branch = 'dev', env, claims }: JobShape) {
    const recorded = RECORDED[system](commit, branch)
    this.system = system
    this.issuer = new OidcIssuer(recorded.issuer, recorded.keysAt)
    this.claims = { ...recorded.claims, ...claims }
    this.env = { ...recorded.env, ...env }
  }

  /** Everything a job may have, with a token of this minute where it is handed over. */
  get environment(): NodeJS.ProcessEnv {
    const isHandedOver = this.system === 'gitlab' || this.system === 'jenkins'
    return { ...this.env, ...(isHandedOver && { WAYBILL_ID_TOKEN: this.token() }) }
  }

  token(): string {
    return this.issuer.token(this.claims)
  }

  /** Token service and issuer together, strict about what they are asked. */
  answer(request: KmsRequest): KmsAnswer {
    const asked = { ...request, address: decodeURI(request.address) }
    return this.#service(asked) ?? this.issuer.answer(asked) ?? [404, { message: 'not found' }]
  }

  #service({ method, address, headers }: KmsRequest): KmsAnswer | undefined {
    const url = new URL(address)
    const bearer = headers.authorization
    if (url.host === 'pipelines.actions.githubusercontent.com') {
      const isRight = method === 'GET' && bearer === 'Bearer actions-secret'
      const audience = url.searchParams.get('audience') ?? 'https://github.com/contoso'
      const value = this.issuer.token({ ...this.claims, aud: audience })
      return isRight && url.searchParams.get('api-version') === '2.0' ? [200, { value }] : [401, {}]
    }
    if (url.host === 'dev.azure.com') {
      const isRight = method === 'POST' && bearer === 'Bearer azure-secret'
      return isRight && url.searchParams.get('api-version') === '7.1'
        ? [200, { oidcToken: this.token() }]
        : [400, {}]
    }
    return undefined
  }
}

export const HOSTS = [
  'token.actions.githubusercontent.com',
  'pipelines.actions.githubusercontent.com',
  'vstoken.dev.azure.com',
  'dev.azure.com',
  'gitlab.example.com',
  'jenkins.example.com',
]

interface Recorded {
  readonly issuer: string
  readonly keysAt: string
  readonly env: NodeJS.ProcessEnv
  readonly claims: Claims
}

/** Where each system says that the source is. */
export const SOURCES: Readonly<Record<System, string>> = {
  github: 'https://github.com/contoso/ordersvc',
  gitlab: 'https://gitlab.example.com/contoso/ordersvc',
  'azure-devops': 'https://dev.azure.com/contoso/shop/_git/ordersvc',
  jenkins: 'https://git.example.com/contoso/ordersvc',
}

const RECORDED: Readonly<Record<System, (commit: string, branch: string) => Recorded>> = {
  github: (commit, branch) => ({
    issuer: 'https://token.actions.githubusercontent.com',
    keysAt: 'https://token.actions.githubusercontent.com/.well-known/jwks',
    env: {
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'contoso/ordersvc',
      GITHUB_SHA: commit,
      GITHUB_REF: `refs/heads/${branch}`,
      GITHUB_EVENT_NAME: 'push',
      GITHUB_RUN_ID: '77',
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_ACTOR: 'ada',
      GITHUB_WORKFLOW_REF: `contoso/ordersvc/.github/workflows/build.yml@refs/heads/${branch}`,
      ACTIONS_ID_TOKEN_REQUEST_URL:
        'https://pipelines.actions.githubusercontent.com/x/00000000-0000-0000-0000-000000000000/_apis/distributedtask/hubs/Actions/plans/p/jobs/j/idtoken?api-version=2.0',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'actions-secret',
    },
    claims: {
      jti: 'example-id',
      sub: `repo:contoso/ordersvc:ref:refs/heads/${branch}`,
      ref: `refs/heads/${branch}`,
      sha: commit,
      repository: 'contoso/ordersvc',
      repository_owner: 'contoso',
      repository_owner_id: '65',
      run_id: '77',
      run_number: '10',
      run_attempt: '2',
      repository_visibility: 'private',
      repository_id: '74',
      actor_id: '12',
      actor: 'ada',
      workflow: 'build',
      head_ref: '',
      base_ref: '',
      event_name: 'push',
      ref_protected: 'true',
      ref_type: 'branch',
      workflow_ref: `contoso/ordersvc/.github/workflows/build.yml@refs/heads/${branch}`,
      workflow_sha: commit,
      job_workflow_ref: 'contoso/automation/.github/workflows/oidc.yml@refs/heads/main',
      job_workflow_sha: 'e'.repeat(40),
      runner_environment: 'github-hosted',
    },
  }),
  gitlab: (commit, branch) => ({
    issuer: 'https://gitlab.example.com',
    keysAt: 'https://gitlab.example.com/oauth/discovery/keys',
    env: {
      GITLAB_CI: 'true',
      CI_SERVER_URL: 'https://gitlab.example.com',
      CI_PROJECT_URL: 'https://gitlab.example.com/contoso/ordersvc',
      CI_COMMIT_SHA: commit,
      CI_COMMIT_REF_NAME: branch,
      CI_COMMIT_BRANCH: branch,
      CI_PIPELINE_SOURCE: 'push',
      CI_JOB_NAME: 'build-job',
      CI_JOB_URL: 'https://gitlab.example.com/contoso/ordersvc/-/jobs/302',
      CI_RUNNER_ID: '1',
      CI_RUNNER_DESCRIPTION: 'runner-1',
      CI_RUNNER_EXECUTABLE_ARCH: 'linux/amd64',
      GITLAB_USER_LOGIN: 'ada',
    },
    claims: {
      namespace_id: '72',
      namespace_path: 'contoso',
      project_id: '20',
      project_path: 'contoso/ordersvc',
      user_id: '1',
      user_login: 'ada',
      user_email: 'ada@example.com',
      pipeline_id: '574',
      pipeline_source: 'push',
      job_id: '302',
      ref: branch,
      ref_type: 'branch',
      ref_path: `refs/heads/${branch}`,
      ref_protected: 'true',
      runner_id: 1,
      runner_environment: 'self-hosted',
      sha: commit,
      project_visibility: 'private',
      ci_config_ref_uri: `gitlab.example.com/contoso/ordersvc//.gitlab-ci.yml@refs/heads/${branch}`,
      ci_config_sha: commit,
      jti: '235b3a54-b797-45c7-ae9a-f72d7bc6ef5b',
      sub: `project_path:contoso/ordersvc:ref_type:branch:ref:${branch}`,
    },
  }),
  'azure-devops': (commit, branch) => ({
    issuer: `https://vstoken.dev.azure.com/${ORGANISATION}`,
    keysAt: 'https://vstoken.dev.azure.com/.well-known/jwks',
    env: {
      TF_BUILD: 'True',
      SYSTEM_COLLECTIONID: ORGANISATION,
      SYSTEM_COLLECTIONURI: 'https://dev.azure.com/contoso/',
      SYSTEM_TEAMPROJECT: 'shop',
      SYSTEM_DEFINITIONID: '12',
      SYSTEM_STAGEATTEMPT: '1',
      SYSTEM_JOBATTEMPT: '2',
      BUILD_BUILDID: '234',
      BUILD_SOURCEVERSION: commit,
      BUILD_SOURCEBRANCH: `refs/heads/${branch}`,
      BUILD_REASON: 'IndividualCI',
      BUILD_REPOSITORY_URI: 'https://contoso@dev.azure.com/contoso/shop/_git/ordersvc',
      SYSTEM_OIDCREQUESTURI:
        'https://dev.azure.com/contoso/22222222-2222-2222-2222-222222222222/_apis/distributedtask/hubs/build/plans/p/jobs/j/oidctoken',
      SYSTEM_ACCESSTOKEN: 'azure-secret',
    },
    claims: {
      jti: '6f2f9a1c-0000-4000-8000-000000000000',
      sub: 'p://contoso/shop/ordersvc-ci',
      aud: 'api://AzureADTokenExchange',
      org_id: ORGANISATION,
      prj_id: '22222222-2222-2222-2222-222222222222',
      def_id: '12',
      rpo_id: '33333333-3333-3333-3333-333333333333',
      rpo_uri: 'https://contoso@dev.azure.com/contoso/shop/_git/ordersvc',
      rpo_ver: commit,
      rpo_ref: `refs/heads/${branch}`,
      run_id: '234',
    },
  }),
  jenkins: (commit, branch) => ({
    issuer: 'https://jenkins.example.com/oidc',
    keysAt: 'https://jenkins.example.com/oidc/jwks',
    env: {
      JENKINS_URL: 'https://jenkins.example.com/',
      JOB_URL: `https://jenkins.example.com/job/ordersvc/job/${branch}/`,
      BUILD_URL: `https://jenkins.example.com/job/ordersvc/job/${branch}/7/`,
      GIT_URL: 'https://git.example.com/contoso/ordersvc.git',
      GIT_COMMIT: commit,
      BRANCH_NAME: branch,
    },
    claims: {
      sub: `https://jenkins.example.com/job/ordersvc/job/${branch}/`,
      build_number: 7,
      nbf: undefined,
    },
  }),
}

/** What a Jenkins administrator adds as claim templates, as the plugin fills them in for a branch. */
export function jenkinsTemplates(commit: string, branch = 'dev'): Claims {
  return {
    git_url: 'https://git.example.com/contoso/ordersvc.git',
    git_commit: commit,
    branch_name: branch,
    tag_name: '${TAG_NAME}',
    change_id: '${CHANGE_ID}',
  }
}
