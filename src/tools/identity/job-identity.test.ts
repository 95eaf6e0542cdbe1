import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { CiJob, jenkinsTemplates } from '../../../test/support/ci-jobs.ts'
import type { JobShape, System } from '../../../test/support/ci-jobs.ts'
import { loopbackIssuer } from '../../../test/support/oidc-issuer.ts'
import { scriptedServer } from '../../../test/support/registries.ts'
import { rejection } from '../../../test/support/rejection.ts'
import { azureToken } from './azure.ts'
import { githubToken } from './github.ts'
import { gitlabToken } from './gitlab.ts'
import { jenkinsToken } from './jenkins.ts'
import { jobIdentity } from './job-identity.ts'
import type { IdentityOrder } from './job-identity.ts'

const COMMIT = 'c'.repeat(40)

function ask(env: NodeJS.ProcessEnv, change: Partial<IdentityOrder> = {}) {
  const signal = AbortSignal.timeout(20_000)
  const settings = undefined
  return jobIdentity({ settings, env, directory: '/', now: new Date(), signal, onStep: () => {}, ...change })
}

/** What a token of this shape says, verified with an issuer on loopback. */
async function facts(t: TestContext, system: System, shape: Partial<JobShape> = {}) {
  const job = new CiJob(system, { commit: COMMIT, ...shape })
  const issuer = await loopbackIssuer(t)
  const env = { ...job.env, WAYBILL_ID_TOKEN: issuer.token(job.claims) }
  const found = await ask(env, { settings: { require: true, issuer: issuer.issuer } })
  return found?.facts
}

describe('who signs the tokens of a job', () => {
  const GITHUB = 'https://token.actions.githubusercontent.com'
  const none = { require: false }
  it('GitHub: by its server', () => {
    const of = (GITHUB_SERVER_URL?: string) => githubToken.issuers({ GITHUB_SERVER_URL }, none)
    assert.deepEqual(of(), [GITHUB])
    assert.deepEqual(of('https://github.com'), [GITHUB])
    assert.deepEqual(of('https://contoso.ghe.com'), ['https://token.actions.contoso.ghe.com'])
    assert.deepEqual(of('https://github.contoso.example/'), [
      'https://github.contoso.example/_services/token',
    ])
    const issuer = `${GITHUB}/contoso`
    assert.deepEqual(githubToken.issuers({}, { ...none, issuer }), [issuer])
  })

  it('GitLab and Jenkins: by theirs; nobody, when it is not told', () => {
    const CI_SERVER_URL = 'https://host.example/gitlab/'
    assert.deepEqual(gitlabToken.issuers({ CI_SERVER_URL }, none), ['https://host.example/gitlab'])
    assert.deepEqual(gitlabToken.issuers({}, none), [])
    const JENKINS_URL = 'https://ci.example/'
    assert.deepEqual(jenkinsToken.issuers({ JENKINS_URL }, none), ['https://ci.example/oidc'])
  })

  it('Azure: its organisation, and Entra for a service connection', () => {
    const env = { SYSTEM_COLLECTIONID: 'org', AZURESUBSCRIPTION_TENANT_ID: 'tenant' }
    assert.deepEqual(azureToken.issuers(env, none), ['https://vstoken.dev.azure.com/org'])
    assert.deepEqual(azureToken.issuers(env, { ...none, serviceConnection: 'id' }), [
      'https://vstoken.dev.azure.com/org',
      'https://login.microsoftonline.com/tenant/v2.0',
    ])
  })

  it('a GitHub issuer speaks for its own server, whatever a variable says', async () => {
    const { claims } = new CiJob('github', { commit: COMMIT })
    const env = { GITHUB_SERVER_URL: 'https://evil.example' }
    for (const [issuer, server] of [
      [GITHUB, 'https://github.com'],
      [`${GITHUB}/contoso`, 'https://github.com'],
      ['https://token.actions.contoso.ghe.com', 'https://contoso.ghe.com'],
      ['https://github.contoso.example/_services/token', 'https://github.contoso.example'],
    ] as const) {
      const read = githubToken.read({ issuer, subject: 's', claims }, env)
      assert.equal(read?.facts.source, `${server}/contoso/ordersvc`)
    }
  })
})

describe('what tokens say', () => {
  it('GitLab: nothing about the event when another pipeline started this one', async (t) => {
    const found = await facts(t, 'gitlab', { claims: { pipeline_source: 'parent_pipeline' } })
    assert.equal(found?.event, undefined)
    assert.equal(found?.ref, 'refs/heads/dev')
  })

  it('GitLab: no ref for a merge request, whose branch may be called main in a fork', async (t) => {
    const found = await facts(t, 'gitlab', { claims: { pipeline_source: 'merge_request_event' } })
    assert.equal(found?.event, 'pull-request')
    assert.equal(found?.ref, undefined)
  })

  it('Azure: a service connection vouches for nothing', async (t) => {
    const gone = Object.fromEntries(
      ['org_id', 'prj_id', 'def_id', 'rpo_id', 'rpo_uri', 'rpo_ver', 'rpo_ref', 'run_id'].map((name) => [
        name,
        undefined,
      ]),
    )
    const claims = { ...gone, sub: '/eid1/c/pub/t/tenant/a/app/sc/org/connection' }
    assert.deepEqual(await facts(t, 'azure-devops', { claims }), {})
  })

  it('Jenkins: a ref only with all three templates', async (t) => {
    const templates = jenkinsTemplates(COMMIT)
    assert.equal((await facts(t, 'jenkins', { claims: templates }))?.ref, 'refs/heads/dev')
    const tag = await facts(t, 'jenkins', { claims: { ...templates, tag_name: 'v1' } })
    assert.deepEqual([tag?.ref, tag?.event], ['refs/tags/v1', 'tag'])
    const change = await facts(t, 'jenkins', { claims: { ...templates, change_id: '7' } })
    assert.deepEqual(
      [change?.ref, change?.event, change?.pullRequest],
      ['refs/pull/7/merge', 'pull-request', '7'],
    )
    for (const missing of ['branch_name', 'tag_name', 'change_id']) {
      const found = await facts(t, 'jenkins', { claims: { ...templates, [missing]: undefined } })
      assert.equal(found?.ref, undefined, missing)
    }
  })

  it('GitHub: a token without what GitHub always says is not valid', async (t) => {
    for (const claims of [{ sha: undefined }, { sha: 'main' }, { event_name: '' }, { run_id: { $gt: 0 } }]) {
      const error = await rejection(facts(t, 'github', { claims }))
      assert.equal(error.code, 'IDENTITY_INVALID')
      assert.match(error.message, /lacks claims/)
    }
  })
})

describe('where a token comes from', () => {
  it('GitHub Enterprise Server, with nothing configured', async (t) => {
    const issuer = await loopbackIssuer(t, '/_services/token', '/_services/token/.well-known/jwks')
    const server = issuer.issuer.replace('/_services/token', '')
    const job = new CiJob('github', { commit: COMMIT })
    const service = await scriptedServer(t, ({ path, headers }, response) => {
      const audience = new URL(path, 'http://service').searchParams.get('audience')
      assert.equal(headers.authorization, 'Bearer actions-secret')
      response.end(JSON.stringify({ value: issuer.token({ ...job.claims, aud: audience }) }))
    })
    const env = {
      ...job.env,
      GITHUB_SERVER_URL: server,
      ACTIONS_ID_TOKEN_REQUEST_URL: `${service.url}/token?api-version=2.0`,
    }
    const found = await ask(env)
    assert.equal(found?.issuer, issuer.issuer)
    assert.equal(found?.facts.source, `${server}/contoso/ordersvc`)
    assert.equal(service.seen.length, 1)
  })

  it('Azure Pipelines: POST, with the service connection when one is configured', async (t) => {
    const issuer = await loopbackIssuer(t)
    const job = new CiJob('azure-devops', { commit: COMMIT })
    const service = await scriptedServer(t, (_request, response) => {
      response.end(JSON.stringify({ oidcToken: issuer.token(job.claims) }))
    })
    const env = { ...job.env, SYSTEM_OIDCREQUESTURI: `${service.url}/oidctoken` }
    const settings = { require: true, issuer: issuer.issuer, serviceConnection: 'a b' }
    assert.equal((await ask(env, { settings }))?.facts.commit, COMMIT)
    const [seen] = service.seen
    assert.equal(seen?.method, 'POST')
    assert.equal(seen?.path, '/oidctoken?api-version=7.1&serviceConnectionId=a+b')
    assert.equal(seen?.headers['authorization'], 'Bearer azure-secret')
  })

  const answers: readonly (readonly [string, number, string, Record<string, string>])[] = [
    ['a refusal', 403, '{}', {}],
    ['a redirect', 302, '', { location: 'http://127.0.0.1:1/' }],
    ['an error', 500, 'busy', {}],
    ['no JSON', 200, '<html>', {}],
    ['no token in it', 200, '{"value":""}', {}],
    ['too much', 200, `{"value":"${'a'.repeat(5_000_000)}"}`, {}],
  ]
  for (const [what, status, body, headers] of answers)
    it(`a token service that answers with ${what}: it could not tell`, async (t) => {
      const service = await scriptedServer(t, (_request, response) =>
        response.writeHead(status, headers).end(body),
      )
      const { env } = new CiJob('github', { commit: COMMIT })
      const error = await rejection(ask({ ...env, ACTIONS_ID_TOKEN_REQUEST_URL: `${service.url}/t` }))
      assert.equal(error.code, 'IDENTITY_UNREACHABLE')
      assert.equal(error.exit, 1)
      assert.ok(!`${error.message} ${error.stack}`.includes('actions-secret'))
    })

  it('a token service and an issuer that are busy for a moment are asked again', async (t) => {
    const issuer = await loopbackIssuer(t)
    const job = new CiJob('github', { commit: COMMIT })
    let busy = 0
    issuer.instead = () => (busy++ % 2 === 0 ? [503, ''] : undefined)
    const service = await scriptedServer(t, (_request, response) => {
      if (service.seen.length === 1) response.writeHead(429, { 'retry-after': '0' }).end()
      else response.end(JSON.stringify({ value: issuer.token(job.claims) }))
    })
    const env = { ...job.env, ACTIONS_ID_TOKEN_REQUEST_URL: `${service.url}/t` }
    const settings = { require: true, issuer: issuer.issuer }
    assert.equal((await ask(env, { settings }))?.facts.commit, COMMIT)
    assert.equal(service.seen.length, 2)
  })

  it("the job's secret goes over https only, but on this machine", async () => {
    const { env } = new CiJob('github', { commit: COMMIT })
    for (const url of ['http://service.example/t', 'https://a:b@service.example/t', 'nothing'])
      assert.equal(
        (await rejection(ask({ ...env, ACTIONS_ID_TOKEN_REQUEST_URL: url }))).code,
        'IDENTITY_INVALID',
      )
  })

  it('a file: absent is no token, too large is none either but an error', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'waybill-token-'))
    t.after(() => rmSync(directory, { recursive: true }))
    const { env } = new CiJob('jenkins', { commit: COMMIT })
    const settings = { require: false, token: { file: 'token' } }
    assert.equal(await ask(env, { settings, directory }), undefined)
    writeFileSync(join(directory, 'token'), 'a.b.c'.repeat(10_000))
    assert.equal((await rejection(ask(env, { settings, directory }))).code, 'IDENTITY_INVALID')
  })

  it('nobody is asked outside CI, or when it is not known who signs', async () => {
    assert.equal(await ask({ WAYBILL_ID_TOKEN: 'a.b.c' }), undefined)
    const { env } = new CiJob('gitlab', { commit: COMMIT })
    const error = await rejection(ask({ ...env, CI_SERVER_URL: '', WAYBILL_ID_TOKEN: 'a.b.c' }))
    assert.match(error.message, /nobody knows its issuer/)
  })
})
