import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { evidenceOn } from '../../src/assessment/index.ts'
import { makeStatement, predicateTypes } from '../../src/attestation/index.ts'
import { parseRepository } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import { RegistryClient } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { compileTrust, generateKey, trustSchema } from '../../src/signing/index.ts'
import { authority, CODE_SIGNING, issue } from '../support/certificates.ts'
import { putIndex } from '../support/images.ts'
import {
  attestationLayer,
  putLegacy,
  signatureLayer,
  withIdentity,
  withKey,
} from '../support/legacy-cosign.ts'
import type { LegacyLayer } from '../support/legacy-cosign.ts'
import { embeddedRegistry } from '../support/registries.ts'
import type { Cleanup } from '../support/registries.ts'
import { sigstoreInstance } from '../support/sigstore-instance.ts'
import type { InstanceOptions } from '../support/sigstore-instance.ts'
import { TestAuthority } from '../support/timestamps.ts'

const WHO = 'https://git.example.com/contoso/ordersvc/.github/workflows/build.yml@refs/heads/main'
const CERTIFICATE = 'dev.sigstore.cosign/certificate'
const BUNDLE = 'dev.sigstore.cosign/bundle'
const STAMP = 'dev.sigstore.cosign/rfc3161timestamp'
const ci = generateKey()
const stranger = generateKey()
const tsa = new TestAuthority('time')
const contoso = authority('contoso')

/** An image on a registry, a Sigstore instance, and a policy that trusts one identity, one key and one own authority. */
async function world(t: Cleanup, options: InstanceOptions = {}, referrersApi = true) {
  const instance = await sigstoreInstance(t, options)
  const registry = await embeddedRegistry(t, { referrersApi })
  const client = new RegistryClient({})
  t.after(() => client.close())
  const store = client.repository(parseRepository(`${registry.address}/ordersvc`))
  const { descriptor } = await putIndex(store)
  const mayAssert = ['signature', 'provenance']
  const signers = [
    { id: 'ci', kind: 'key', key: ci.publicKeyPem, mayAssert },
    {
      id: 'actions',
      kind: 'keyless',
      trustedRoot: 'root',
      identity: WHO,
      issuer: instance.issuer,
      mayAssert,
    },
    {
      id: 'build-farm',
      kind: 'x509',
      certificates: contoso.pem,
      identity: 'https://farm.example',
      mayAssert,
    },
  ]
  const timestampAuthorities = [{ certificateChain: tsa.chain }]
  const parsed = trustSchema.parse({ version: 1, timestampAuthorities, signers })
  const trust = await compileTrust(parsed, () => instance.trustedRoot, 'trust.yaml')
  const judge = async (on: ImageStore = store) => {
    const { valid, unusable } = await evidenceOn(on, descriptor.digest, trust, new Date())
    return [
      ...valid.map(({ signer, provenOn }) => `valid ${signer.id}${provenOn === undefined ? '' : ', proven'}`),
      ...unusable.map(({ state, code }) => `${state} ${code}`),
    ].toSorted()
  }
  return { instance, store, image: descriptor, judge }
}

const statementOn = ({ digest }: Descriptor) => makeStatement([digest], predicateTypes.provenance, {})

function beside(layer: LegacyLayer, annotations: Record<string, string>): LegacyLayer {
  return { ...layer, annotations: { ...layer.annotations, ...annotations } }
}

function stampFor(layer: LegacyLayer): string {
  const own = layer.annotations['dev.cosignproject.cosign/signature']
  const sig = own || JSON.parse(layer.bytes.toString('utf8')).signatures[0].sig
  const response = tsa.stamp(Buffer.from(sig, 'base64'), { time: '2026-03-01T10:00:00Z' })
  return JSON.stringify({ SignedRFC3161Timestamp: response.toString('base64') })
}

suite('test/flow/evidence-legacy', () => {
  for (const referrersApi of [true, false]) {
    test(`keyless signatures and attestations of cosign 2, referrers API: ${referrersApi}`, async (t) => {
      const { instance, store, image, judge } = await world(t, {}, referrersApi)
      const signed = await signatureLayer(image.digest, withIdentity(instance, WHO, 'hashedrekord'))
      const attested = await attestationLayer(statementOn(image), withIdentity(instance, WHO, 'dsse'))
      await putLegacy(store, image, 'sig', [signed])
      await putLegacy(store, image, 'att', [attested])
      assert.deepEqual(await judge(), ['valid actions, proven', 'valid actions, proven'])
    })

    test(`as referrers of a kind from before bundles, referrers API: ${referrersApi}`, async (t) => {
      const { store, image, judge, instance } = await world(t, {}, referrersApi)
      const keyed = withKey(ci.privateKeyPem)
      await putLegacy(store, image, 'sig', [await signatureLayer(image.digest, keyed)], 'referrer')
      const identified = withIdentity(instance, WHO, 'dsse')
      const layers = [await attestationLayer(statementOn(image), identified)]
      await putLegacy(store, image, 'att', layers, 'referrer')
      assert.deepEqual(await judge(), ['valid actions, proven', 'valid ci'])
    })
  }

  test('a key with a timestamp beside it is proven', async (t) => {
    const { store, image, judge } = await world(t)
    const plain = await signatureLayer(image.digest, withKey(ci.privateKeyPem))
    await putLegacy(store, image, 'sig', [beside(plain, { [STAMP]: stampFor(plain) })])
    const attested = await attestationLayer(statementOn(image), withKey(ci.privateKeyPem))
    await putLegacy(store, image, 'att', [beside(attested, { [STAMP]: stampFor(attested) })])
    assert.deepEqual(await judge(), ['valid ci, proven', 'valid ci, proven'])
  })

  test('a certificate of an own authority with a timestamp', async (t) => {
    const { store, image, judge } = await world(t)
    const farm = issue({
      name: 'farm',
      issuer: contoso.intermediate,
      usage: [CODE_SIGNING],
      uris: ['https://farm.example'],
    })
    const plain = await signatureLayer(image.digest, withKey(farm.privateKeyPem))
    const certified = beside(plain, { [CERTIFICATE]: farm.pem })
    await putLegacy(store, image, 'sig', [certified, beside(certified, { [STAMP]: stampFor(plain) })])
    assert.deepEqual(await judge(), ['foreign SIGNER_UNTRUSTED', 'valid build-farm, proven'])
  })

  test('without the promise of the log there is no time and no trust', async (t) => {
    const { instance, store, image, judge } = await world(t)
    const whole = await signatureLayer(image.digest, withIdentity(instance, WHO, 'hashedrekord'))
    const { [BUNDLE]: _, ...annotations } = whole.annotations
    await putLegacy(store, image, 'sig', [{ ...whole, annotations }])
    assert.deepEqual(await judge(), ['foreign SIGNER_UNTRUSTED'])
  })

  test('another identity of the same instance', async (t) => {
    const { instance, store, image, judge } = await world(t)
    const other = await signatureLayer(image.digest, withIdentity(instance, `${WHO}x`, 'hashedrekord'))
    await putLegacy(store, image, 'sig', [other])
    assert.deepEqual(await judge(), ['foreign SIGNER_UNTRUSTED'])
  })

  const forms = ['sig', 'att'] as const
  for (const form of forms) {
    test(`a sound log entry of another signature, .${form} (CVE-2022-23649, CVE-2026-22703)`, async (t) => {
      const { instance, store, image, judge } = await world(t)
      const make = () =>
        form === 'sig'
          ? signatureLayer(image.digest, withIdentity(instance, WHO, 'hashedrekord'))
          : attestationLayer(statementOn(image), withIdentity(instance, WHO, 'dsse'))
      const [one, other] = [await make(), await make()]
      await putLegacy(store, image, form, [beside(one, { [BUNDLE]: other.annotations[BUNDLE]! })])
      assert.deepEqual(await judge(), ['invalid SIGNATURE_INVALID'])
    })

    test(`a log entry that names another key, .${form} (CVE-2022-23649)`, async (t) => {
      const { instance, store, image, judge } = await world(t, { otherVerifier: true })
      const layer =
        form === 'sig'
          ? await signatureLayer(image.digest, withIdentity(instance, WHO, 'hashedrekord'))
          : await attestationLayer(statementOn(image), withIdentity(instance, WHO, 'dsse'))
      await putLegacy(store, image, form, [layer])
      assert.deepEqual(await judge(), ['invalid SIGNATURE_INVALID'])
    })
  }

  test('a raw key where a certificate belongs is nobody (GHSA-fx35-mq7g-6g98)', async (t) => {
    const { store, image, judge } = await world(t)
    const theirs = await signatureLayer(image.digest, withKey(stranger.privateKeyPem))
    await putLegacy(store, image, 'sig', [beside(theirs, { [CERTIFICATE]: stranger.publicKeyPem })])
    const ours = await attestationLayer(statementOn(image), withKey(ci.privateKeyPem))
    await putLegacy(store, image, 'att', [beside(ours, { [CERTIFICATE]: stranger.publicKeyPem })])
    assert.deepEqual(await judge(), ['foreign SIGNER_UNTRUSTED', 'valid ci'])
  })

  test('annotations that are nothing spoil one layer, not the others', async (t) => {
    const { store, image, judge } = await world(t)
    const layer = await signatureLayer(image.digest, withKey(ci.privateKeyPem))
    const certified = { [CERTIFICATE]: contoso.root.pem }
    await putLegacy(store, image, 'sig', [
      beside(layer, { ...certified, [BUNDLE]: '{' }),
      beside(layer, { [STAMP]: '{"SignedRFC3161Timestamp":"!"}' }),
      beside(layer, { ...certified, [BUNDLE]: '{"Payload":{"a":1,"a":2}}' }),
      layer,
    ])
    const bad = 'invalid BUNDLE_INVALID'
    assert.deepEqual(await judge(), [bad, bad, bad, 'valid ci'])
  })
})
