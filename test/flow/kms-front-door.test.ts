import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { parseRepository } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { readBlob, resolve } from '../../src/registry/index.ts'
import { KmsServices, keyPair, kmsProxy, vaultAddress } from '../support/kms-services.ts'
import { temporaryDirectory } from '../support/registries.ts'
import { APP, imageTag, openRoad, variableOf } from '../support/road.ts'
import type { Road } from '../support/road.ts'
import { waybill } from '../support/waybill-process.ts'

const OPENSSL = 'openssl'
const skip = spawnSync(OPENSSL, ['version']).status === 0 ? false : 'openssl is not installed'

const AZURE = 'azurekms://contoso.vault.azure.net/release'
const AWS = 'awskms:///arn:aws:kms:eu-central-1:123456789012:alias/release'
const GOOGLE = 'gcpkms://projects/contoso/locations/global/keyRings/ci/cryptoKeys/release'
const VAULT = 'hashivault://release'
const HOSTS = [
  '*.vault.azure.net',
  'login.microsoftonline.com',
  'kms.eu-central-1.amazonaws.com',
  'cloudkms.googleapis.com',
]

const pemOf = (services: KmsServices, version = 1) =>
  services.pair(version).publicKey.export({ type: 'spki', format: 'pem' }).toString()

/** Every service, and an environment in which a process reaches it and may sign. */
async function cloud(t: TestContext) {
  const services = new KmsServices()
  const env: NodeJS.ProcessEnv = {
    ...(await kmsProxy(t, services, HOSTS)),
    AZURE_TENANT_ID: 'tenant-1',
    AZURE_CLIENT_ID: 'app-1',
    AZURE_CLIENT_SECRET: 'azure-secret-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'aws-secret-1',
    GOOGLE_OAUTH_ACCESS_TOKEN: services.token,
    VAULT_ADDR: await vaultAddress(t, services),
    VAULT_TOKEN: services.token,
  }
  return { services, env }
}

/** A road on which the key in the service is the one that signs images. */
function roadWith(t: TestContext, services: KmsServices) {
  return openRoad(t, {
    git: false,
    trust: (signers) => {
      for (const signer of signers) if (signer.id === 'ci-image') signer.key = pemOf(services)
    },
  })
}

/** The bundle that hangs on an image as its plain signature: what was signed, and the signature. */
async function signatureOn(road: Road, digest: Digest) {
  const store = road.client.repository(parseRepository(road.repository('dev')))
  for (const entry of await store.referrers(digest)) {
    const { manifest } = await resolve(store, entry.digest)
    const [layer] = manifest.kind === 'manifest' ? manifest.layers : []
    const bundle = JSON.parse((await readBlob(store, layer!, 1_000_000)).toString()) as {
      dsseEnvelope: { payload: string; payloadType: string; signatures: [{ sig: string }] }
    }
    const { payload, payloadType, signatures } = bundle.dsseEnvelope
    const body = Buffer.from(payload, 'base64')
    if (!body.includes('https://sigstore.dev/cosign/sign/v1')) continue
    // DSSE v1, "PAE".
    const head = `DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `
    return {
      signed: Buffer.concat([Buffer.from(head), body]),
      signature: Buffer.from(signatures[0].sig, 'base64'),
    }
  }
  return assert.fail('no signature is there')
}

/** What `openssl dgst -verify` says. */
async function opensslSays(t: TestContext, pem: string, signed: Buffer, signature: Buffer): Promise<string> {
  const directory = await temporaryDirectory(t)
  const [key, data, sig] = ['key.pem', 'data', 'sig'].map((name) => join(directory, name))
  await Promise.all([writeFile(key!, pem), writeFile(data!, signed), writeFile(sig!, signature)])
  return String(
    spawnSync(OPENSSL, ['dgst', '-sha256', '-verify', key!, '-signature', sig!, data!]).stdout,
  ).trim()
}

describe('test/flow/kms-front-door: attest, verify, promote', { skip }, () => {
  for (const reference of [AZURE, AWS, GOOGLE, VAULT])
    it(`a signature by ${reference}, verified here and by openssl`, async (t) => {
      const { services, env } = await cloud(t)
      const road = await roadWith(t, services)
      const digest = await road.build('a', { signature: false })
      const words = ['attest', APP, imageTag('a'), '--signature', '--key', reference, '-o', 'json']
      const { code, stdout, stderr } = await road.cli(words, env)
      assert.equal(code, 0, stderr)
      assert.equal((JSON.parse(stdout) as { outcome: string }).outcome, 'attached')
      const { signed, signature } = await signatureOn(road, digest)
      assert.equal(await opensslSays(t, pemOf(services), signed, signature), 'Verified OK')
      assert.equal(
        await opensslSays(t, pemOf(services), Buffer.concat([signed, signed]), signature),
        'Verification failure',
      )
      // The verifier needs no service: the public key is in trust.yaml.
      const asked = services.seen.length
      assert.equal((await road.promote('dev', { image: imageTag('a') })).outcome, 'promoted')
      assert.equal(services.seen.length, asked)
    })

  it('a whole promotion whose records are signed by a service, which is asked for its key once', async (t) => {
    const { services, env } = await cloud(t)
    const road = await openRoad(t, {
      edit: (config) => {
        config.sign = { ...(config.sign as object), promotion: { key: VAULT }, pass: { key: VAULT } }
        for (const each of Object.values(config.environments))
          each.prove = [{ command: 'test -z "$VAULT_TOKEN"' }]
      },
      trust: (signers) => {
        const pass = signers.findIndex(({ id }) => id === 'prover')
        signers.splice(pass, 1)
        for (const signer of signers)
          if (signer.id === 'promoter')
            Object.assign(signer, { key: pemOf(services), mayAssert: ['promotion', 'pass'] })
      },
    })
    await road.build('a')
    const { code, stdout, stderr } = await road.cli(
      ['promote', APP, '--to', 'dev', '--image', imageTag('a'), '-o', 'json'],
      env,
    )
    assert.equal(code, 0, stdout + stderr)
    const read = services.addresses.filter((address) => address.endsWith('/keys/release'))
    const signed = services.addresses.filter((address) => address.includes('/sign/'))
    assert.equal(read.length, 1)
    assert.equal(signed.length, 2)
    assert.equal((await road.chain('dev')).length, 1)
  })

  it('an approval by a key in a service', async (t) => {
    const { services, env } = await cloud(t)
    const road = await openRoad(t, {
      trust: (signers) => {
        for (const signer of signers) if (signer.id === 'alice') signer.key = pemOf(services)
      },
    })
    await road.carry('a', {}, 'dev', 'staging')
    const { code, stderr } = await road.cli(['approve', APP, 'prod', '--key', AZURE], env)
    assert.equal(code, 0, stderr)
  })

  it('a service that signs with another version: nothing is written', async (t) => {
    const { services, env } = await cloud(t)
    const road = await roadWith(t, services)
    const digest = await road.build('a', { signature: false })
    const store = road.client.repository(parseRepository(road.repository('dev')))
    const before = (await store.referrers(digest)).length
    services.instead = ({ address }) => {
      if (address.includes('/sign/')) services.versions[0] = keyPair()
      return undefined
    }
    const { code, stderr } = await road.cli(
      ['attest', APP, imageTag('a'), '--signature', '--key', VAULT],
      env,
    )
    assert.equal(code, 3, stderr)
    assert.match(stderr, /SIGNATURE_INVALID/)
    assert.equal((await store.referrers(digest)).length, before)
  })

  it('a service that cannot be reached: exit 1, the host, and no secret', async (t) => {
    const { services, env } = await cloud(t)
    const road = await roadWith(t, services)
    await road.build('a', { signature: false })
    const words = ['attest', APP, imageTag('a'), '--signature', '--key', AZURE]
    const { code, stderr } = await road.cli(words, { ...env, NODE_EXTRA_CA_CERTS: undefined })
    assert.equal(code, 1, stderr)
    assert.match(stderr, /KMS_UNAVAILABLE/)
    assert.match(stderr, /login\.microsoftonline\.com/)
    assert.doesNotMatch(stderr, /azure-secret-1|registry/)
  })
})

describe('test/flow/kms-front-door: key public', { skip }, () => {
  for (const reference of [AZURE, AWS, GOOGLE, VAULT])
    it(`of ${reference}`, async (t) => {
      const { services, env } = await cloud(t)
      services.versions.push(keyPair())
      const cwd = await temporaryDirectory(t)
      const text = await waybill(['key', 'public', reference], { cwd, env })
      assert.deepEqual([text.code, text.stdout], [0, pemOf(services, 2)], text.stderr)
      const json = await waybill(['key', 'public', reference, '-o', 'json'], { cwd, env })
      const value = JSON.parse(json.stdout) as Record<string, string>
      assert.deepEqual(
        [value.kind, value.reference, value.pem],
        ['public-key', reference, pemOf(services, 2)],
      )
      assert.match(value.version ?? '', /2/)
    })

  it('of a file and of a variable, and never the private key', async (t) => {
    const road = await openRoad(t, { git: false })
    const pem = createPublicKey(road.privateKey('promotion')).export({ type: 'spki', format: 'pem' })
    await writeFile(join(road.directory, 'promotion.key'), road.privateKey('promotion'))
    for (const reference of [`env://${variableOf('promotion')}`, 'promotion.key']) {
      const { code, stdout, stderr } = await road.cli(['key', 'public', reference])
      assert.deepEqual([code, stdout], [0, pem], stderr)
    }
    const missing = await road.cli(['key', 'public', 'nothing.key'])
    assert.equal(missing.code, 2)
    const unknown = await road.cli(['key', 'public', 'k8s://ns/secret'])
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /begins with k8s:\/\/, expected one of azurekms, awskms, gcpkms, hashivault/)
  })
})
