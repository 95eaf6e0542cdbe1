import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { WaybillError } from '../../src/base/index.ts'
import { openKmsKey } from '../../src/signing/index.ts'
import { AWS_KEYS, keyPair, KmsServices, kmsSend } from '../support/kms-services.ts'

const AZURE = 'azurekms://contoso.vault.azure.net/release'
const KEY = 'projects/contoso/locations/global/keyRings/ci/cryptoKeys/release'
const token = new KmsServices().token
const env = {
  WAYBILL_AZURE_VAULT_TOKEN: `${token}@https://vault.azure.net/.default`,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'aws-secret-1',
  GOOGLE_OAUTH_ACCESS_TOKEN: token,
  VAULT_ADDR: 'https://vault.contoso.example',
  VAULT_TOKEN: token,
}

async function opened(
  t: TestContext,
  reference: string,
  answer?: object | ((services: KmsServices) => object),
) {
  const services = new KmsServices()
  if (answer) services.instead = () => [200, typeof answer === 'function' ? answer(services) : answer]
  const send = await kmsSend(t, services)
  const work = openKmsKey(reference, { env, send, retry: { attempts: 2, firstWait: 1, longestWait: 5 } })
  const result = await work.catch((error: unknown) => error)
  return { services, result }
}

describe('test/flow/kms-keys: references that are none', () => {
  const arn = AWS_KEYS[0]!
  for (const reference of [
    'azurekms://contoso.vault.azure.net',
    'azurekms://contoso.vault.azure.net/a/b/c',
    'azurekms://contoso/release',
    'azurekms://contoso.vault.azure.net.evil.example/release',
    'azurekms://evil.example/release',
    'azurekms://evil.example?.vault.azure.net/release',
    'azurekms://user@contoso.vault.azure.net/release',
    'azurekms://contoso.vault.azure.net:8443/release',
    'azurekms://contoso.vault.azure.net/../secrets',
    'azurekms://a.contoso.vault.azure.net/release',
    'awskms:///release',
    'awskms:///alias/release',
    'awskms:///key/00000001-12ab-34cd-56ef-1234567890ab',
    `awskms://user@evil.example/${arn}`,
    `awskms:///${arn}/x`,
    'awskms:///arn:aws:s3:::bucket',
    'gcpkms://projects/contoso',
    `gcpkms://${KEY}/cryptoKeyVersions/0`,
    `gcpkms://${KEY}/cryptoKeyVersions/1/x`,
    'gcpkms://projects/../locations/../keyRings/../cryptoKeys/release',
    'hashivault://',
    'hashivault://../release',
    'hashivault://release/latest',
    'hashivault://a/b/c',
    'k8s://namespace/secret',
    'pkcs11://token',
  ])
    it(reference, async (t) => {
      const { services, result } = await opened(t, reference)
      assert.ok(result instanceof WaybillError, String(result))
      assert.deepEqual([result.code, result.exit], ['KMS_REFERENCE_INVALID', 2])
      assert.equal(services.seen.length, 0)
    })
})

describe('test/flow/kms-keys: references as cosign writes them', () => {
  const id = '00000001-12ab-34cd-56ef-1234567890ab'
  for (const [reference, address] of [
    [`${AZURE}/`, 'https://contoso.vault.azure.net/keys/release?api-version=7.4'],
    [`${AZURE}/v1`, 'https://contoso.vault.azure.net/keys/release/v1?api-version=7.4'],
    [
      'azurekms://CONTOSO.vault.azure.net/release',
      'https://contoso.vault.azure.net/keys/release?api-version=7.4',
    ],
    [`awskms:///${AWS_KEYS[0]}`, 'https://kms.eu-central-1.amazonaws.com/'],
    [
      `awskms:///arn:aws:kms:eu-central-1:123456789012:alias/release`,
      'https://kms.eu-central-1.amazonaws.com/',
    ],
    [
      `awskms://kms.lab.example:4566/arn:aws:kms:eu-central-1:123456789012:key/${id}`,
      'https://kms.lab.example:4566/',
    ],
    [`gcpkms://${KEY}/versions/1`, `https://cloudkms.googleapis.com/v1/${KEY}/cryptoKeyVersions/1/publicKey`],
    ['hashivault://release', 'https://vault.contoso.example/v1/transit/keys/release'],
  ] as const)
    it(reference, async (t) => {
      const { services, result } = await opened(t, reference)
      assert.ok(!(result instanceof Error), String(result))
      assert.equal(services.seen[0]?.address, address)
    })
})

describe('test/flow/kms-keys: keys that do not sign', () => {
  const kid = 'https://contoso.vault.azure.net/keys/release/v1'
  const jwk = keyPair().publicKey.export({ format: 'jwk' })
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey
  const pem = (key: typeof p384) => key.export({ type: 'spki', format: 'pem' })
  const der = (key: typeof p384) => key.export({ type: 'spki', format: 'der' }).toString('base64')
  const google = `gcpkms://${KEY}/cryptoKeyVersions/1`
  const aws = `awskms:///${AWS_KEYS[0]}`
  const azure = (key: object, attributes: object = {}) => ({ key: { kid, ...jwk, ...key }, attributes })
  const vault = (type: string, keys: object, latest_version = 1) => ({ data: { type, latest_version, keys } })

  const cases: readonly (readonly [string, string, object, string, RegExp])[] = [
    ['disabled', AZURE, azure({}, { enabled: false }), 'KMS_KEY_UNUSABLE', /\/v1 is disabled/],
    ['expired', AZURE, azure({}, { exp: 1_600_000_000 }), 'KMS_KEY_UNUSABLE', /expired on 2020-09-13/],
    ['not yet valid', AZURE, azure({}, { nbf: 4e9 }), 'KMS_KEY_UNUSABLE', /not be used before 2096/],
    ['expired on no day', AZURE, azure({}, { exp: -1e300 }), 'KMS_KEY_UNUSABLE', /expired on a day/],
    ['not for signing', AZURE, azure({ key_ops: ['verify'] }), 'KMS_KEY_UNUSABLE', /key_ops/],
    ['RSA', AZURE, azure({ kty: 'RSA-HSM' }), 'KMS_KEY_UNUSABLE', /is of kind RSA-HSM/],
    ['another curve', AZURE, azure({ crv: 'P-256K' }), 'KMS_KEY_UNUSABLE', /on curve P-256K, expected P-256/],
    ['no point', AZURE, azure({ x: jwk.y, y: jwk.x }), 'KMS_ANSWER_INVALID', /no point on its curve/],
    ['half a point', AZURE, azure({ y: undefined }), 'KMS_ANSWER_INVALID', /no point on its curve/],
    [
      'of another vault',
      AZURE,
      azure({ kid: kid.replace('contoso', 'other') }),
      'KMS_ANSWER_INVALID',
      /the key https/,
    ],
    [
      'of another name',
      AZURE,
      azure({ kid: kid.replace('release', 'other') }),
      'KMS_ANSWER_INVALID',
      /the key https/,
    ],
    ['of no version', AZURE, azure({ kid: kid.slice(0, -3) }), 'KMS_ANSWER_INVALID', /the key https/],
    ['not the version named', `${AZURE}/v2`, azure({}), 'KMS_ANSWER_INVALID', /the key https.*v1/],
    [
      'for encryption',
      aws,
      { KeyId: AWS_KEYS[0], PublicKey: '', KeyUsage: 'ENCRYPT_DECRYPT' },
      'KMS_KEY_UNUSABLE',
      /is for ENCRYPT/,
    ],
    [
      'RSA',
      aws,
      { KeyId: AWS_KEYS[0], PublicKey: '', KeySpec: 'RSA_2048' },
      'KMS_KEY_UNUSABLE',
      /RSA_2048, expected ECC/,
    ],
    ['no SPKI', aws, { KeyId: AWS_KEYS[0], PublicKey: 'QUFB' }, 'KMS_ANSWER_INVALID', /not SPKI/],
    [
      'P-384 unsaid',
      aws,
      { KeyId: AWS_KEYS[0], PublicKey: der(p384) },
      'KEY_INVALID',
      /secp384r1, expected ECDSA/,
    ],
    ['another key', aws, { KeyId: AWS_KEYS[1], PublicKey: der(p384) }, 'KMS_ANSWER_INVALID', /the key arn/],
    [
      'another kind',
      google,
      { pem: pem(p384), algorithm: 'EC_SIGN_P384_SHA384' },
      'KMS_KEY_UNUSABLE',
      /EC_SIGN_P384/,
    ],
    [
      'P-384 called P-256',
      google,
      { pem: pem(p384), algorithm: 'EC_SIGN_P256_SHA256' },
      'KEY_INVALID',
      /secp384r1/,
    ],
    ['no PEM', google, { pem: 'x', algorithm: 'EC_SIGN_P256_SHA256' }, 'KEY_INVALID', /not one PEM/],
    [
      'another version',
      google,
      { pem: '', algorithm: '', name: `${KEY}/cryptoKeyVersions/2` },
      'KMS_ANSWER_INVALID',
      /Versions\/2/,
    ],
    [
      'none enabled',
      `gcpkms://${KEY}`,
      { cryptoKeyVersions: [{ name: `${KEY}/cryptoKeyVersions/1`, state: 'DISABLED' }] },
      'KMS_KEY_UNUSABLE',
      /no enabled version/,
    ],
    [
      'pages without end',
      `gcpkms://${KEY}`,
      { nextPageToken: 'again' },
      'KMS_ANSWER_INVALID',
      /more than 20 pages/,
    ],
    [
      'another kind',
      'hashivault://release',
      vault('aes256-gcm96', { '1': 1 }),
      'KMS_KEY_UNUSABLE',
      /aes256-gcm96, expected/,
    ],
    [
      'an old version',
      'hashivault://release/1',
      vault('ecdsa-p256', { '2': {} }, 2),
      'KMS_KEY_UNUSABLE',
      /no version 1 .*newest is 2/,
    ],
    [
      'no public key',
      'hashivault://release',
      vault('ecdsa-p256', { '1': {} }),
      'KMS_ANSWER_INVALID',
      /no public key of version 1/,
    ],
    [
      'a name of every object',
      'hashivault://release',
      vault('ecdsa-p256', {}, 7),
      'KMS_KEY_UNUSABLE',
      /no version 7/,
    ],
  ]
  for (const [what, reference, answer, code, about] of cases)
    it(`${reference.slice(0, 10)}: ${what}`, async (t) => {
      const { result } = await opened(t, reference, answer)
      assert.ok(result instanceof WaybillError, String(result))
      assert.equal(result.code, code)
      assert.match(result.message, about)
    })

  for (const [reference, status, body, about] of [
    [
      AZURE,
      404,
      { error: { code: 'KeyNotFound', message: 'A key with (name/id) release was not found.' } },
      /KeyNotFound/,
    ],
    [
      AZURE,
      403,
      { error: { code: 'Forbidden', message: 'disabled', innererror: { code: 'KeyDisabled' } } },
      /KeyDisabled/,
    ],
    [aws, 400, { __type: 'NotFoundException', message: 'Alias is not found' }, /NotFoundException/],
    [aws, 400, { __type: 'DisabledException' }, /DisabledException/],
    [aws, 400, { __type: 'KMSInvalidStateException', message: 'is pending deletion' }, /pending deletion/],
    [
      google,
      400,
      { error: { status: 'FAILED_PRECONDITION', message: 'is not enabled, current state is: DESTROYED.' } },
      /DESTROYED/,
    ],
    ['hashivault://release', 404, { errors: [] }, /404/],
  ] as const)
    it(`${reference.slice(0, 10)}: ${status} ${JSON.stringify(body).slice(0, 60)}`, async (t) => {
      const services = new KmsServices()
      services.instead = () => [status, body]
      const send = await kmsSend(t, services)
      const error: unknown = await openKmsKey(reference, { env, send }).catch((reason: unknown) => reason)
      assert.ok(error instanceof WaybillError)
      assert.deepEqual([error.code, error.exit], ['KMS_KEY_UNUSABLE', 2])
      assert.match(error.message, about)
      assert.equal(services.seen.length, 1)
    })
})
