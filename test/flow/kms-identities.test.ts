import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { WaybillError } from '../../src/base/index.ts'
import { openKmsKey } from '../../src/signing/index.ts'
import { AWS_KEYS, KmsServices, kmsSend } from '../support/kms-services.ts'
import type { KmsAnswer, KmsRequest } from '../support/kms-services.ts'
import { temporaryDirectory } from '../support/registries.ts'

const AZURE = 'azurekms://contoso.vault.azure.net/release'
const GOOGLE = 'gcpkms://projects/contoso/locations/global/keyRings/ci/cryptoKeys/release/cryptoKeyVersions/1'
const JWT = 'job-jwt-1'
const entra = { AZURE_TENANT_ID: 'tenant-1', AZURE_CLIENT_ID: 'app-1' }
const vault = { VAULT_ADDR: 'https://vault.contoso.example:8200/' }

async function lab(t: TestContext) {
  const services = new KmsServices()
  const send = await kmsSend(t, services)
  const retry = { attempts: 2, firstWait: 1, longestWait: 5 }
  const open = (reference: string, env: NodeJS.ProcessEnv) => openKmsKey(reference, { env, send, retry })
  return { services, open }
}

async function fileWith(t: TestContext, text: string): Promise<string> {
  const file = join(await temporaryDirectory(t), 'identity')
  await writeFile(file, text)
  return file
}

async function failure(work: Promise<unknown>): Promise<WaybillError> {
  const error = await work.then(
    () => assert.fail('it worked'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WaybillError, String(error))
  return error
}

/** Answers for one host; every other goes its way. */
function only(host: string, answer: (request: KmsRequest) => KmsAnswer) {
  return (request: KmsRequest) => (new URL(request.address).host === host ? answer(request) : undefined)
}

describe('test/flow/kms-identities: Azure', () => {
  it('a client secret and a federated token buy a token for vaults and nothing else', async (t) => {
    const { services, open } = await lab(t)
    const file = await fileWith(t, `${JWT}\n`)
    for (const proof of [{ AZURE_CLIENT_SECRET: 'azure-secret-1' }, { AZURE_FEDERATED_TOKEN_FILE: file }]) {
      await (await open(AZURE, { ...entra, ...proof })).sign(Buffer.from('x'))
      const login = services.seen.find(({ address }) => address.includes('/oauth2/'))
      assert.equal(login?.address, 'https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token')
      assert.equal(new URLSearchParams(login?.body).get('scope'), 'https://vault.azure.net/.default')
      services.seen.length = 0
    }
  })

  it('a job of Azure Pipelines asks for its token with its service connection', async (t) => {
    const { services, open } = await lab(t)
    services.instead = only('dev.azure.com', ({ method, headers }) =>
      method === 'POST' && headers.authorization === 'Bearer job-1' ? [200, { oidcToken: JWT }] : [401, {}],
    )
    await open(AZURE, {
      SYSTEM_OIDCREQUESTURI: 'https://dev.azure.com/contoso/_apis/oidctoken',
      SYSTEM_ACCESSTOKEN: 'job-1',
      AZURESUBSCRIPTION_CLIENT_ID: 'app-1',
      AZURESUBSCRIPTION_TENANT_ID: 'tenant-1',
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: 'connection-1',
    })
    assert.equal(
      services.seen[0]?.address,
      'https://dev.azure.com/contoso/_apis/oidctoken?api-version=7.1&serviceConnectionId=connection-1',
    )
  })

  it('a job of GitHub Actions asks for a token for Entra', async (t) => {
    const { services, open } = await lab(t)
    services.instead = only('pipelines.actions.example', ({ address, headers }) =>
      headers.authorization === 'Bearer job-1' &&
      address.includes('audience=api%3A%2F%2FAzureADTokenExchange')
        ? [200, { value: JWT }]
        : [401, {}],
    )
    const ACTIONS_ID_TOKEN_REQUEST_URL = 'https://pipelines.actions.example/token?v=1'
    await open(AZURE, { ...entra, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job-1' })
    assert.equal(services.seen.length, 3)
  })

  it('a token that was handed over is used as it is', async (t) => {
    const { services, open } = await lab(t)
    const token = `${services.token}@https://vault.azure.net/.default`
    await open(AZURE, { WAYBILL_AZURE_VAULT_TOKEN: token })
    assert.equal(services.seen.length, 1)
    const error = await failure(open(AZURE, { WAYBILL_AZURE_VAULT_TOKEN: 'a-token-for-something-else' }))
    assert.equal(error.code, 'KMS_DENIED')
    assert.match(error.message, /401/)
    assert.doesNotMatch(error.message, /a-token-for-something-else/)
  })

  it('a token that ran out is fetched again, once', async (t) => {
    const { services, open } = await lab(t)
    let now = performance.now()
    t.mock.method(performance, 'now', () => now)
    const signer = await open(AZURE, { ...entra, AZURE_CLIENT_SECRET: 'azure-secret-1' })
    services.token = 'cloud-token-0002'
    now += 60_000
    await signer.sign(Buffer.from('x'))
    services.token = 'cloud-token-0003'
    const error = await failure(signer.sign(Buffer.from('x')))
    assert.equal(error.code, 'KMS_DENIED')
    assert.equal(services.seen.filter(({ address }) => address.includes('/oauth2/')).length, 2)
  })

  it('a login that is refused, and one to another authority, name the place and no secret', async (t) => {
    const { services, open } = await lab(t)
    const wrong = await failure(open(AZURE, { ...entra, AZURE_CLIENT_SECRET: 'a-wrong-secret' }))
    assert.deepEqual([wrong.code, wrong.exit], ['CLOUD_LOGIN_FAILED', 2])
    assert.match(wrong.message, /login\.microsoftonline\.com.*401 \(invalid_client\)/)
    assert.doesNotMatch(JSON.stringify([wrong.message, wrong.next, wrong.detail]), /a-wrong-secret/)
    services.seen.length = 0
    const secret = { ...entra, AZURE_CLIENT_SECRET: 'azure-secret-1' }
    const evil = await failure(open(AZURE, { ...secret, AZURE_AUTHORITY_HOST: 'https://evil.example/' }))
    assert.equal(evil.code, 'CLOUD_LOGIN_FAILED')
    assert.equal(services.seen.length, 0)
  })

  it('a login that is busy is asked again', async (t) => {
    const { services, open } = await lab(t)
    let left = 1
    services.instead = (request) =>
      request.address.includes('/oauth2/') && left-- > 0 ? [503, {}, { 'retry-after': '0' }] : undefined
    await open(AZURE, { ...entra, AZURE_CLIENT_SECRET: 'azure-secret-1' })
  })
})

describe('test/flow/kms-identities: AWS', () => {
  it('a role is assumed with a web identity, once', async (t) => {
    const { services, open } = await lab(t)
    const AWS_WEB_IDENTITY_TOKEN_FILE = await fileWith(t, JWT)
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/ci' }
    const signer = await open(`awskms:///${AWS_KEYS[0]}`, env)
    await signer.sign(Buffer.from('x'))
    assert.deepEqual(
      services.seen.map(({ address }) => new URL(address).host),
      ['sts.eu-central-1.amazonaws.com', 'kms.eu-central-1.amazonaws.com', 'kms.eu-central-1.amazonaws.com'],
    )
  })

  it('keys whose session is over are said to be', async (t) => {
    const { open } = await lab(t)
    const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'aws-secret-1' }
    const error = await failure(
      open(`awskms:///${AWS_KEYS[0]}`, { ...keys, AWS_SESSION_TOKEN: 'an-old-session' }),
    )
    assert.equal(error.code, 'KMS_DENIED')
    assert.match(error.message, /ExpiredTokenException/)
    assert.doesNotMatch(error.message, /an-old-session/)
  })

  it('a signature over anything else is refused by the service', async (t) => {
    const { open } = await lab(t)
    const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'another-secret' }
    const error = await failure(open(`awskms:///${AWS_KEYS[0]}`, keys))
    assert.match(error.message, /InvalidSignatureException/)
  })

  it('an endpoint of its own is where the requests go, over TLS', async (t) => {
    const { services, open } = await lab(t)
    const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'aws-secret-1' }
    await open('awskms://kms.lab.example:4566/alias/release', { ...keys, AWS_DEFAULT_REGION: 'eu-central-1' })
    assert.deepEqual(services.addresses, ['POST https://kms.lab.example:4566/'])
  })
})

describe('test/flow/kms-identities: Google', () => {
  const account = (services: KmsServices, more: object = {}) =>
    JSON.stringify({
      type: 'service_account',
      client_email: 'ci@contoso.iam.gserviceaccount.com',
      private_key: services.serviceAccount.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: 'https://oauth2.googleapis.com/token',
      ...more,
    })

  it('a service account signs for its own token; a token is used as it is', async (t) => {
    const { services, open } = await lab(t)
    await open(GOOGLE, { GOOGLE_APPLICATION_CREDENTIALS: await fileWith(t, account(services)) })
    assert.equal(services.addresses[0], 'POST https://oauth2.googleapis.com/token')
    await open(GOOGLE, { GOOGLE_OAUTH_ACCESS_TOKEN: services.token })
    assert.equal(services.seen.length, 3)
  })

  it('the login of a person buys a token', async (t) => {
    const { services, open } = await lab(t)
    services.instead = only('oauth2.googleapis.com', ({ body }) => {
      const form = new URLSearchParams(body)
      const right = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === 'refresh-1'
      return right
        ? [200, { access_token: services.token, expires_in: 3599 }]
        : [400, { error: 'invalid_grant' }]
    })
    const person = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'refresh-1' }
    await open(GOOGLE, { GOOGLE_APPLICATION_CREDENTIALS: await fileWith(t, JSON.stringify(person)) })
  })

  it('a file that sends the grant elsewhere, or holds no key, gets nothing and says nothing', async (t) => {
    const { services, open } = await lab(t)
    for (const more of [
      { token_uri: 'https://evil.example/token' },
      { token_uri: 'http://oauth2.googleapis.com/token' },
      { private_key: 'a-key-that-is-none' },
    ]) {
      const file = await fileWith(t, account(services, more))
      const error = await failure(open(GOOGLE, { GOOGLE_APPLICATION_CREDENTIALS: file }))
      assert.equal(error.code, 'CLOUD_LOGIN_FAILED')
      assert.doesNotMatch(
        JSON.stringify([error.message, error.next, String(error.cause)]),
        /a-key-that|PRIVATE/,
      )
    }
    assert.equal(services.seen.length, 0)
  })
})

describe('test/flow/kms-identities: Vault', () => {
  it('a token, a login with a JWT, and the file that vault login leaves', async (t) => {
    const { services, open } = await lab(t)
    const HOME = await temporaryDirectory(t)
    await writeFile(join(HOME, '.vault-token'), `${services.token}\n`)
    const login = { VAULT_AUTH_ROLE: 'release' }
    const VAULT_ID_TOKEN_FILE = await fileWith(t, JWT)
    for (const env of [
      { VAULT_TOKEN: services.token },
      { ...login, VAULT_ID_TOKEN: JWT },
      { ...login, VAULT_ID_TOKEN_FILE },
      { HOME },
    ])
      await open('hashivault://release', { ...vault, ...env })
    await open('hashivault://release', { BAO_ADDR: vault.VAULT_ADDR, BAO_TOKEN: services.token })
    assert.ok(
      services.addresses.every((address) => address.includes(' https://vault.contoso.example:8200/v1/')),
    )
    const wrong = await failure(
      open('hashivault://release', { ...vault, ...login, VAULT_ID_TOKEN: 'a-wrong-jwt-1' }),
    )
    assert.deepEqual([wrong.code, wrong.message.includes('a-wrong-jwt-1')], ['KMS_DENIED', false])
  })

  it('namespace and engine are sent as they are set', async (t) => {
    const { services, open } = await lab(t)
    const more = { VAULT_NAMESPACE: 'team/ci', TRANSIT_SECRET_ENGINE_PATH: 'signing/transit' }
    await failure(open('hashivault://release', { ...vault, VAULT_TOKEN: services.token, ...more }))
    const [asked] = services.seen
    assert.equal(asked?.address, 'https://vault.contoso.example:8200/v1/signing/transit/keys/release')
    assert.equal(asked?.headers['x-vault-namespace'], 'team/ci')
    assert.equal(asked?.headers['x-vault-request'], 'true')
  })

  for (const env of [
    {},
    { VAULT_ADDR: 'http://vault.contoso.example:8200' },
    { VAULT_ADDR: 'http://127.0.0.1.evil.example' },
    { VAULT_ADDR: 'https://user:secret-in-address@vault.contoso.example' },
    { VAULT_ADDR: 'vault.contoso.example' },
    { ...vault, TRANSIT_SECRET_ENGINE_PATH: '../sys' },
    { ...vault, VAULT_NAMESPACE: 'a\nb' },
    { ...vault, VAULT_AUTH_ROLE: 'release', VAULT_ID_TOKEN: JWT, VAULT_AUTH_PATH: '../../sys' },
  ])
    it(`refuses ${JSON.stringify(env)} before anything is sent`, async (t) => {
      const { services, open } = await lab(t)
      const token = 'VAULT_AUTH_ROLE' in env ? {} : { VAULT_TOKEN: services.token }
      const error = await failure(open('hashivault://release', { ...token, ...env }))
      assert.deepEqual([error.code, error.exit], ['KMS_REFERENCE_INVALID', 2])
      assert.doesNotMatch(error.message, /secret-in-address/)
      assert.equal(services.seen.length, 0)
    })
})
