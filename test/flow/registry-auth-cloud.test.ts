import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { WaybillError } from '../../src/base/index.ts'
import { registryCredentials } from '../../src/registry/index.ts'
import { cloudService } from '../support/cloud-service.ts'
import type { CloudSeen, CloudService } from '../support/cloud-service.ts'
import { temporaryDirectory } from '../support/registries.ts'
import type { Cleanup } from '../support/registries.ts'

const TOKEN = 'federated-token-1'

async function at(
  t: Cleanup,
  registry: string,
  env: NodeJS.ProcessEnv,
  { send }: CloudService,
  renew = false,
) {
  const home = await temporaryDirectory(t)
  return registryCredentials({ HOME: home, ...env }).credentialFor(
    { registry, name: 'team/app' },
    { send, renew },
  )
}

async function fileWith(t: Cleanup, text: string): Promise<string> {
  const file = join(await temporaryDirectory(t), 'identity')
  await writeFile(file, text)
  return file
}

const form = ({ body }: CloudSeen) => Object.fromEntries(new URLSearchParams(body))
const silent = () => [500, 'nobody should ask'] as const
const aws = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'aws-secret-1' }
const ecrToken = { authorizationToken: btoa('AWS:ecr-password'), expiresAt: 1 }

describe('test/flow/registry-auth-cloud: Azure', () => {
  async function azure(t: Cleanup): Promise<NodeJS.ProcessEnv> {
    const file = await fileWith(t, `${TOKEN}\n`)
    return { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_CLIENT_ID: 'client', AZURE_TENANT_ID: 'tenant' }
  }
  const answer = ({ address }: CloudSeen) =>
    address.endsWith('/oauth2/exchange')
      ? ([200, { refresh_token: 'acr-refresh' }] as const)
      : ([200, { access_token: 'entra' }] as const)

  it('a federated token buys an Entra token, that a refresh token of this registry', async (t) => {
    const cloud = await cloudService(t, answer)
    const found = await at(t, 'teamapps.azurecr.io', await azure(t), cloud)
    const username = '00000000-0000-0000-0000-000000000000'
    assert.deepEqual(found, { kind: 'identity', username, token: 'acr-refresh' })
    assert.deepEqual(
      cloud.seen.map(({ address }) => address),
      [
        'https://login.microsoftonline.com/tenant/oauth2/v2.0/token',
        'https://teamapps.azurecr.io/oauth2/exchange',
      ],
    )
    const [entra, exchange] = cloud.seen.map(form)
    assert.equal(entra?.client_assertion, TOKEN)
    assert.equal(entra?.scope, 'https://containerregistry.azure.net/.default')
    assert.deepEqual(exchange, {
      grant_type: 'access_token',
      service: 'teamapps.azurecr.io',
      tenant: 'tenant',
      access_token: 'entra',
    })
  })

  it('another authority is one of Azure’s, or none', async (t) => {
    const cloud = await cloudService(t, answer)
    const env = await azure(t)
    const government = 'https://login.microsoftonline.us/'
    await at(t, 'teamapps.azurecr.us', { ...env, AZURE_AUTHORITY_HOST: government }, cloud)
    assert.match(cloud.seen[0]?.address ?? '', /^https:\/\/login\.microsoftonline\.us\/tenant\//)
    const count = cloud.seen.length
    for (const host of ['https://evil.example/', 'http://login.microsoftonline.com/', 'nonsense'])
      await assert.rejects(at(t, 'teamapps.azurecr.io', { ...env, AZURE_AUTHORITY_HOST: host }, cloud), {
        code: 'CREDENTIALS_FAILED',
      })
    assert.equal(cloud.seen.length, count)
  })

  it('a refusal names the place and the reason, and no secret', async (t) => {
    const said = { error: 'invalid_client', error_description: `you sent ${TOKEN}` }
    const cloud = await cloudService(t, () => [401, said])
    const error = await at(t, 'teamapps.azurecr.io', await azure(t), cloud).catch((reason: unknown) => reason)
    assert.ok(error instanceof WaybillError)
    assert.equal(error.code, 'CREDENTIALS_FAILED')
    assert.match(error.message, /login\.microsoftonline\.com.*401 \(invalid_client\)/)
    assert.equal(JSON.stringify([error.message, error.detail, error.next]).includes(TOKEN), false)
  })
})

describe('test/flow/registry-auth-cloud: AWS', () => {
  const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com'

  it('ECR: keys sign a request for a password', async (t) => {
    const cloud = await cloudService(t, () => [200, { authorizationData: [ecrToken] }])
    const found = await at(t, host, { ...aws, AWS_SESSION_TOKEN: 'session' }, cloud)
    assert.deepEqual(found, { kind: 'basic', username: 'AWS', password: 'ecr-password' })
    const [asked] = cloud.seen
    assert.equal(asked?.address, 'https://api.ecr.eu-central-1.amazonaws.com/')
    assert.equal(asked?.headers['x-amz-target'], 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken')
    assert.equal(asked?.headers['x-amz-security-token'], 'session')
    assert.match(
      String(asked?.headers.authorization),
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/ecr\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=[0-9a-f]{64}$/,
    )
    assert.equal(JSON.stringify(asked).includes('aws-secret-1'), false)
  })

  for (const [registry, address] of [
    [
      '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
      'https://ecr-fips.us-gov-west-1.amazonaws.com/',
    ],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'https://api.ecr.cn-north-1.amazonaws.com.cn/'],
    ['public.ecr.aws', 'https://api.ecr-public.us-east-1.amazonaws.com/'],
  ] as const)
    it(`${registry} has its own API`, async (t) => {
      const data = registry === 'public.ecr.aws' ? ecrToken : [ecrToken]
      const cloud = await cloudService(t, () => [200, { authorizationData: data }])
      assert.ok(await at(t, registry, aws, cloud))
      assert.deepEqual(
        cloud.seen.map((one) => one.address),
        [address],
      )
    })

  it('keys that may not log in at ECR Public read as anyone may; at ECR they are an error', async (t) => {
    const cloud = await cloudService(t, () => [400, { __type: 'AccessDeniedException' }])
    assert.equal(await at(t, 'public.ecr.aws', aws, cloud), undefined)
    await assert.rejects(at(t, host, aws, cloud), /AccessDeniedException/)
  })

  it('a role is assumed with a web identity', async (t) => {
    const xml = `<R><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s/1+=</SecretAccessKey>
      <SessionToken>st==</SessionToken></Credentials></R>`
    const cloud = await cloudService(t, ({ address }) =>
      address.includes('//sts.') ? [200, xml] : [200, { authorizationData: [ecrToken] }],
    )
    const AWS_WEB_IDENTITY_TOKEN_FILE = await fileWith(t, TOKEN)
    assert.ok(
      await at(t, host, { AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN: 'arn:aws:iam::1:role/r' }, cloud),
    )
    const [sts, ecr] = cloud.seen
    assert.equal(sts?.address, 'https://sts.eu-central-1.amazonaws.com/')
    assert.equal(sts && form(sts).WebIdentityToken, TOKEN)
    assert.equal(ecr?.headers['x-amz-security-token'], 'st==')
    assert.match(String(ecr?.headers.authorization), /Credential=ASIA1\//)
  })
})

describe('test/flow/registry-auth-cloud: Google', () => {
  it('an access token as it is given; a service account’s key as it is', async (t) => {
    const cloud = await cloudService(t, silent)
    const given = { kind: 'basic', username: 'oauth2accesstoken', password: 'ya29' }
    for (const registry of ['europe-docker.pkg.dev', 'gcr.io', 'eu.gcr.io'])
      assert.deepEqual(await at(t, registry, { GOOGLE_OAUTH_ACCESS_TOKEN: 'ya29' }, cloud), given)
    const key = JSON.stringify({ type: 'service_account', private_key: 'k' })
    const env = { GOOGLE_APPLICATION_CREDENTIALS: await fileWith(t, key) }
    assert.deepEqual(await at(t, 'gcr.io', env, cloud), {
      kind: 'basic',
      username: '_json_key',
      password: key,
    })
    assert.equal(cloud.seen.length, 0)
  })

  it('a federated identity: subject token, Google token, service account', async (t) => {
    const cloud = await cloudService(t, ({ address }) => {
      if (address.startsWith('https://ids.example/')) return [200, { value: TOKEN }]
      if (address.startsWith('https://sts.googleapis.com/')) return [200, { access_token: 'federated' }]
      return [200, { accessToken: 'impersonated' }]
    })
    const identity = (more: object) =>
      JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/pool',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: 'https://sts.googleapis.com/v1/token',
        service_account_impersonation_url: 'https://iamcredentials.googleapis.com/v1/sa:generateAccessToken',
        credential_source: {
          url: 'https://ids.example/token?audience=x',
          headers: { authorization: 'bearer job' },
          format: { type: 'json', subject_token_field_name: 'value' },
        },
        ...more,
      })
    const env = { GOOGLE_APPLICATION_CREDENTIALS: await fileWith(t, identity({})) }
    const found = await at(t, 'europe-docker.pkg.dev', env, cloud)
    assert.deepEqual(found, { kind: 'basic', username: 'oauth2accesstoken', password: 'impersonated' })
    const [, sts, account] = cloud.seen
    assert.equal(sts && form(sts).subject_token, TOKEN)
    assert.equal(account?.headers.authorization, 'Bearer federated')

    const count = cloud.seen.length
    const source = { file: await fileWith(t, TOKEN) }
    for (const token_url of [
      'https://evil.example/',
      'https://sts.googleapis.com.evil.example/',
      'http://sts.googleapis.com/',
    ]) {
      const file = await fileWith(t, identity({ token_url, credential_source: source }))
      await assert.rejects(at(t, 'gcr.io', { GOOGLE_APPLICATION_CREDENTIALS: file }, cloud), /token_url/)
    }
    assert.equal(cloud.seen.length, count)
  })
})

describe('test/flow/registry-auth-cloud: CI jobs', () => {
  it('GitHub Actions: ghcr.io, with the token that the workflow hands over', async (t) => {
    const cloud = await cloudService(t, silent)
    const env = { GITHUB_ACTIONS: 'true', GITHUB_ACTOR: 'octo', GITHUB_TOKEN: 'ghs' }
    const found = { kind: 'basic', username: 'octo', password: 'ghs' }
    assert.deepEqual(await at(t, 'ghcr.io', env, cloud), found)
    assert.equal(await at(t, 'ghcr.io', { ...env, GITHUB_ACTIONS: undefined }, cloud), undefined)
  })

  it('GitLab CI: the registry that GitLab names', async (t) => {
    const cloud = await cloudService(t, silent)
    const env = { GITLAB_CI: 'true', CI_REGISTRY: 'registry.gitlab.example:5050', CI_JOB_TOKEN: 'job' }
    const found = { kind: 'basic', username: 'gitlab-ci-token', password: 'job' }
    assert.deepEqual(await at(t, 'registry.gitlab.example:5050', env, cloud), found)
    const user = { ...env, CI_REGISTRY_USER: 'u', CI_REGISTRY_PASSWORD: 'p' }
    const own = { kind: 'basic', username: 'u', password: 'p' }
    assert.deepEqual(await at(t, 'registry.gitlab.example:5050', user, cloud), own)
    assert.equal(await at(t, 'registry.gitlab.example', env, cloud), undefined)
  })
})

describe('test/flow/registry-auth-cloud: who gets nothing', () => {
  const everything = {
    ...aws,
    GOOGLE_OAUTH_ACCESS_TOKEN: 'ya29',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'o',
    GITHUB_TOKEN: 'ghs',
    GITLAB_CI: 'true',
    CI_REGISTRY: 'registry.gitlab.com',
    CI_JOB_TOKEN: 'job',
    AZURE_FEDERATED_TOKEN_FILE: '/nowhere',
    AZURE_CLIENT_ID: 'c',
    AZURE_TENANT_ID: 't',
  }
  for (const registry of [
    'x.azurecr.io.evil.com',
    'evil.com.azurecr.io',
    'azurecr.io',
    'teamapps.azurecr.io:5000',
    'team-azurecr.io',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.com',
    '123456789012.dkr.ecr.evil.com.amazonaws.com',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com.cn',
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com',
    'x123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    'public.ecr.aws.evil.com',
    'evilgcr.io',
    'gcr.io.evil.com',
    'a.b.gcr.io',
    'pkg.dev',
    'evil.com-docker.pkg.dev',
    'europe-docker.pkg.dev.evil.com',
    'europe-docker.pkg.dev:8443',
    'ghcr.io:444',
    'evil.ghcr.io',
    'registry.gitlab.com.evil.com',
    'evil.registry.gitlab.com',
    'docker.io',
  ])
    it(registry, async (t) => {
      const cloud = await cloudService(t, silent)
      assert.equal(await at(t, registry, everything, cloud), undefined)
      assert.equal(cloud.seen.length, 0)
    })

  it('a login of docker comes first, and the cloud is not asked', async (t) => {
    const cloud = await cloudService(t, silent)
    const directory = await temporaryDirectory(t)
    const auths = { 'teamapps.azurecr.io': { auth: btoa('me:mine') } }
    await writeFile(join(directory, 'config.json'), JSON.stringify({ auths }))
    const found = await at(t, 'teamapps.azurecr.io', { ...everything, DOCKER_CONFIG: directory }, cloud)
    assert.deepEqual(found, { kind: 'basic', username: 'me', password: 'mine' })
    assert.equal(cloud.seen.length, 0)
  })

  it('many at once ask the cloud once; a password that was just got is not asked for again', async (t) => {
    const cloud = await cloudService(t, () => [200, { authorizationData: [ecrToken] }])
    const source = registryCredentials({ HOME: await temporaryDirectory(t), ...aws })
    const repository = { registry: '123456789012.dkr.ecr.us-east-1.amazonaws.com', name: 'a' }
    const ask = (renew: boolean) => source.credentialFor(repository, { send: cloud.send, renew })
    await Promise.all(Array.from({ length: 20 }, () => ask(false)))
    await ask(true)
    assert.equal(cloud.seen.length, 1)
  })
})
