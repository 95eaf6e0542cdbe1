import assert from 'node:assert/strict'
import { verify } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { limits, WaybillError } from '../../src/base/index.ts'
import { makeStatement, predicateTypes } from '../../src/attestation/index.ts'
import { digestOf } from '../../src/oci/index.ts'
import { openKmsKey, signStatement } from '../../src/signing/index.ts'
import type { KmsSigner } from '../../src/signing/index.ts'
import { AWS_KEYS, keyPair, KmsServices, kmsSend } from '../support/kms-services.ts'
import type { KmsAnswer, KmsRequest } from '../support/kms-services.ts'
import { temporaryDirectory } from '../support/registries.ts'
import type { Cleanup } from '../support/registries.ts'

const AZURE = 'azurekms://contoso.vault.azure.net/release'
const AWS = 'awskms:///alias/release'
const GOOGLE = 'gcpkms://projects/contoso/locations/europe-west3/keyRings/ci/cryptoKeys/release'
const VAULT = 'hashivault://release'
const retry = { attempts: 3, firstWait: 1, longestWait: 20 }
const statement = makeStatement([digestOf('image')], predicateTypes.signature, {})

const azureEnv = {
  AZURE_TENANT_ID: 'tenant-1',
  AZURE_CLIENT_ID: 'app-1',
  AZURE_CLIENT_SECRET: 'azure-secret-1',
}
const awsEnv = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'aws-secret-1',
  AWS_REGION: 'eu-central-1',
}
const vaultEnv = (token: string) => ({ VAULT_ADDR: 'https://vault.contoso.example:8200', VAULT_TOKEN: token })

/** Every service with one way to prove oneself to it. */
async function identities(t: Cleanup, services: KmsServices): Promise<NodeJS.ProcessEnv> {
  const file = join(await temporaryDirectory(t), 'google.json')
  const private_key = services.serviceAccount.privateKey.export({ type: 'pkcs8', format: 'pem' })
  const account = { type: 'service_account', client_email: 'ci@contoso.iam.gserviceaccount.com', private_key }
  await writeFile(file, JSON.stringify(account))
  return { ...azureEnv, ...awsEnv, GOOGLE_APPLICATION_CREDENTIALS: file, ...vaultEnv(services.token) }
}

async function lab(t: Cleanup) {
  const services = new KmsServices()
  const env = await identities(t, services)
  const send = await kmsSend(t, services)
  const open = (reference: string, more: NodeJS.ProcessEnv = {}) =>
    openKmsKey(reference, { env: { ...env, ...more }, send, retry })
  return { services, env, send, open }
}

async function failure(work: Promise<unknown>): Promise<WaybillError> {
  const error = await work.then(
    () => assert.fail('it worked'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WaybillError, String(error))
  return error
}

const everything = (error: WaybillError) =>
  JSON.stringify([error.message, error.where, error.next, error.detail])

interface Kind {
  readonly name: string
  readonly reference: string
  /** With version 1 fixed, where a reference can. */
  readonly fixed: string
  readonly version: (number: number) => string
  readonly isSign: (request: KmsRequest) => boolean
}

const KINDS: readonly Kind[] = [
  {
    name: 'Azure Key Vault',
    reference: AZURE,
    fixed: `${AZURE}/v1`,
    version: (n) => `https://contoso.vault.azure.net/keys/release/v${n}`,
    isSign: ({ address }) => address.includes('/sign?'),
  },
  {
    name: 'AWS KMS',
    reference: AWS,
    fixed: `awskms:///${AWS_KEYS[0]}`,
    version: (n) => AWS_KEYS[n - 1]!,
    isSign: ({ headers }) => headers['x-amz-target'] === 'TrentService.Sign',
  },
  {
    name: 'Google Cloud KMS',
    reference: GOOGLE,
    fixed: `${GOOGLE}/cryptoKeyVersions/1`,
    version: (n) => `${GOOGLE.slice('gcpkms://'.length)}/cryptoKeyVersions/${n}`,
    isSign: ({ address }) => address.endsWith(':asymmetricSign'),
  },
  {
    name: 'Vault',
    reference: VAULT,
    fixed: `${VAULT}/1`,
    version: (n) => `transit/keys/release/${n}`,
    isSign: ({ address }) => address.includes('/transit/sign/'),
  },
]

/** Which version made this signature. */
async function signedBy(signer: KmsSigner, services: KmsServices): Promise<number> {
  const data = Buffer.from(`waybill ${Math.random()}`)
  const signature = await signer.sign(data)
  return services.versions.findIndex(({ publicKey }) => verify('sha256', data, publicKey, signature)) + 1
}

for (const { name, reference, fixed, version, isSign } of KINDS) {
  describe(`test/flow/kms-services: ${name}`, () => {
    it('signs what its own public key verifies', async (t) => {
      const { services, open } = await lab(t)
      const signer = await open(reference)
      assert.equal(signer.version, version(1))
      const pem = (key: typeof signer.publicKey) => key.export({ type: 'spki', format: 'pem' })
      assert.equal(pem(signer.publicKey), pem(services.pair(1).publicKey))
      for (let times = 0; times < 20; times++) assert.equal(await signedBy(signer, services), 1)
      assert.equal((await signStatement(statement, signer)).predicateType, predicateTypes.signature)
    })

    it('the newest version, which stays the same when the key is rotated meanwhile', async (t) => {
      const { services, open } = await lab(t)
      services.versions.push(keyPair())
      const signer = await open(reference)
      assert.equal(signer.version, version(2))
      services.versions.push(keyPair())
      assert.equal(await signedBy(signer, services), 2)
      assert.equal(await signedBy(await open(reference), services), 3)
    })

    it('the version that is named', async (t) => {
      const { services, open } = await lab(t)
      services.versions.push(keyPair())
      const signer = await open(fixed)
      assert.equal(signer.version, version(1))
      assert.equal(await signedBy(signer, services), 1)
    })

    it('a signature by another version is caught, whether the service says so or not', async (t) => {
      const { services, open } = await lab(t)
      const signer = await open(reference)
      const one = services.versions[0]!
      // Silently: the service signs with another key under the same name.
      services.versions[0] = keyPair()
      assert.equal((await failure(signStatement(statement, signer))).code, 'SIGNATURE_INVALID')
      // Openly: it names the version that it took instead.
      services.versions[0] = one
      services.instead = (request) => {
        if (!isSign(request)) return undefined
        services.instead = undefined
        const [status, body] = services.answer(request)
        const said = JSON.stringify(body).replaceAll(version(1), version(2)).replace('vault:v1:', 'vault:v2:')
        return [status, said]
      }
      const said = await failure(signStatement(statement, signer))
      assert.equal(said.code, 'KMS_ANSWER_INVALID')
      assert.match(said.message, name === 'Vault' ? /a signature by version 2/ : /a signature by .*2/)
    })

    it('a service that is busy is asked again; one that stays busy is an error', async (t) => {
      const { services, open } = await lab(t)
      const signer = await open(reference)
      let left = 2
      const busy: KmsAnswer =
        name === 'AWS KMS'
          ? [400, { __type: 'com.amazonaws.kms#ThrottlingException', message: 'Rate exceeded' }]
          : [429, {}, { 'retry-after': '0' }]
      services.instead = (request) => (isSign(request) && left-- > 0 ? busy : undefined)
      assert.equal(await signedBy(signer, services), 1)
      services.instead = (request) => (isSign(request) ? [503, 'sealed'] : undefined)
      const error = await failure(signer.sign(Buffer.from('x')))
      assert.deepEqual([error.code, error.exit, error.retryable], ['KMS_UNAVAILABLE', 1, true])
      assert.match(error.message, /503/)
    })

    it('denied: says whom, what, and the right that is missing, and repeats no secret', async (t) => {
      const { services, env, open } = await lab(t)
      const signer = await open(reference)
      services.instead = (request) => {
        if (!isSign(request)) return undefined
        const echo = `may not, with ${request.headers.authorization} ${String(request.headers['x-vault-token'])} ${env.AWS_SECRET_ACCESS_KEY}`
        if (name === 'AWS KMS')
          return [400, { __type: 'AccessDeniedException', message: 'not authorized to perform: kms:Sign' }]
        if (name === 'Azure Key Vault')
          return [
            403,
            { error: { code: 'Forbidden', message: echo, innererror: { code: 'ForbiddenByRbac' } } },
          ]
        return [403, { errors: [echo], error: { status: 'PERMISSION_DENIED', message: echo } }]
      }
      const error = await failure(signer.sign(Buffer.from('x')))
      assert.deepEqual([error.code, error.exit], ['KMS_DENIED', 1])
      assert.ok(error.message.startsWith(`${name} did not sign with `), error.message)
      assert.match(error.next, /sign/i)
      assert.ok(!everything(error).includes(services.token), everything(error))
    })

    it('a redirect is not followed: the credentials stay with their host', async (t) => {
      const { services, open } = await lab(t)
      const signer = await open(reference)
      const other = await lab(t)
      const evil: string[] = []
      services.instead = (request) => {
        if (!isSign(request)) return undefined
        evil.push(request.address)
        return [307, '', { location: 'https://evil.example/sign' }]
      }
      const error = await failure(signer.sign(Buffer.from('x')))
      assert.equal(error.code, 'KMS_ANSWER_INVALID')
      assert.match(error.message, /redirect to evil\.example \(307\), which is not followed/)
      assert.equal(evil.length, 1)
      assert.equal(
        services.addresses.some((address) => address.includes('evil.example')),
        false,
      )
      assert.equal(other.services.seen.length, 0)
    })

    const strangeAnswers: readonly (readonly [string, string | object])[] = [
      ['an answer without end', 'x'.repeat(limits.answerBytes + 1)],
      ['no JSON', '<html>'],
      ['a duplicate key', '{"data":{},"data":{}}'],
      ['JSON of another shape', []],
      ['no signature', { kid: 1, KeyId: 2, name: 3, data: 4 }],
      ['deep nesting', '['.repeat(10_000)],
    ]
    for (const [what, body] of strangeAnswers) {
      it(`${what} is no signature`, async (t) => {
        const { services, open } = await lab(t)
        const signer = await open(reference)
        services.instead = () => [200, body]
        assert.equal((await failure(signer.sign(Buffer.from('x')))).code, 'KMS_ANSWER_INVALID')
        if (name === 'Vault' || name === 'AWS KMS')
          assert.equal((await failure(open(reference))).code, 'KMS_ANSWER_INVALID')
      })
    }

    it('a signature that is no DER, or not of 64 bytes, is none', async (t) => {
      const { services, open } = await lab(t)
      const signer = await open(reference)
      for (const bytes of [
        '',
        'AA==',
        Buffer.alloc(63, 1).toString('base64'),
        Buffer.alloc(72, 0x30).toString('base64'),
        '!!!!',
      ]) {
        services.instead = (request) =>
          isSign(request)
            ? [
                200,
                {
                  kid: version(1),
                  value: bytes,
                  KeyId: version(1),
                  Signature: bytes,
                  name: version(1),
                  signature: bytes,
                  data: { signature: `vault:v1:${bytes}` },
                },
              ]
            : undefined
        assert.equal((await failure(signer.sign(Buffer.from('x')))).code, 'KMS_ANSWER_INVALID', bytes)
      }
    })

    it('the public key is fetched once, and only its own host is asked with the token', async (t) => {
      const { services, open } = await lab(t)
      const signer = await open(reference)
      const before = services.seen.filter((request) => !isSign(request)).length
      for (let times = 0; times < 3; times++) await signer.sign(Buffer.from('x'))
      assert.equal(services.seen.filter((request) => !isSign(request)).length, before)
      const hosts = services.seen
        .filter(({ headers }) => headers.authorization ?? headers['x-vault-token'])
        .map(({ address }) => new URL(address).host)
      assert.equal(new Set(hosts).size, 1)
    })

    it('without an identity: which variables are looked for', async (t) => {
      const { send } = await lab(t)
      const env = { VAULT_ADDR: 'https://vault.contoso.example', AWS_REGION: 'eu-central-1' }
      const error = await failure(openKmsKey(reference, { env, send, retry }))
      assert.deepEqual([error.code, error.exit], ['KMS_IDENTITY_MISSING', 2])
      assert.match(error.next, /AZURE_CLIENT_ID|AWS_ACCESS_KEY_ID|GOOGLE_APPLICATION_CREDENTIALS|VAULT_TOKEN/)
    })
  })
}
