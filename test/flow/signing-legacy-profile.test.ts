import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { collect } from '../../src/assessment/collect.ts'
import { makeStatement, predicateTypes } from '../../src/attestation/index.ts'
import { hexOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { appendLayer } from '../../src/registry/index.ts'
import { compileTrust, trustSchema, verifySigned } from '../../src/signing/index.ts'
import { attestationLayer, putLegacy, signatureLayer, withKey } from '../support/legacy-cosign.ts'
import { noDockerRegistry } from '../support/registries.ts'
import { APP, imageTag, openRoad, tested } from '../support/road.ts'
import type { RegistryKind, Road } from '../support/road.ts'

const KINDS: readonly RegistryKind[] = [
  'embedded',
  'embedded without referrers API',
  ...(noDockerRegistry ? [] : (['docker-registry'] as const)),
]

async function legacyRoad(t: Parameters<typeof openRoad>[0], registry: RegistryKind = 'embedded') {
  const road = await openRoad(t, {
    registry,
    git: false,
    edit: (config) => (config.signing = { profile: 'bundle+legacy' }),
  })
  road.only('dev')
  return road
}

/** Each form of everything valid on a digest: `promoter promotion: bundle, legacy-attestation`. */
async function formsOn(road: Road, digest: Digest): Promise<readonly string[]> {
  const store = road.store('dev')
  const signers = ['promotion', 'pass', 'tests', 'signature', 'build'].map((id) => ({
    id,
    kind: 'key',
    key: road.publicKey(id),
    mayAssert: ['promotion', 'pass', 'test-result', 'signature', 'provenance'],
  }))
  const trust = await compileTrust(trustSchema.parse({ version: 1, signers }), () => '', 'trust.yaml')
  const { contents } = await collect(store, digest)
  const valid = contents.map((content) => {
    const judged = verifySigned(content, digest, trust, { now: road.now })
    assert.ok(!('state' in judged), JSON.stringify(judged))
    return { format: content.format, said: `${judged.signer.id} ${judged.predicateType.split('/').at(-2)}` }
  })
  const bySaid = Map.groupBy(valid, ({ said }) => said)
  return [...bySaid]
    .map(([said, forms]) => `${said}: ${forms.map(({ format }) => format).join(', ')}`)
    .toSorted()
}

async function layersOn(road: Road, digest: Digest, form: 'sig' | 'att'): Promise<number> {
  const stored = await road.store('dev').manifest(`sha256-${hexOf(digest)}.${form}`)
  return stored?.manifest.kind === 'manifest' ? stored.manifest.layers.length : 0
}

suite('test/flow/signing-legacy-profile', () => {
  for (const kind of KINDS) {
    test(`what is promoted and signed is there in both forms, ${kind}`, async (t) => {
      const road = await legacyRoad(t, kind)
      const digest = await road.build('a', { signature: false })
      const workspace = await road.open()
      const claim = { kind: 'signature' } as const
      const image = imageTag('a')
      await workspace.attest({ application: APP, image, claim })
      const { outcome } = await workspace.promote({ application: APP, to: 'dev', image })
      assert.equal(outcome, 'promoted')
      const expected = [
        'build provenance: bundle',
        'pass verification_summary: bundle, legacy-attestation',
        'promotion promotion: bundle, legacy-attestation',
        'signature sign: bundle, legacy-signature',
        'tests test-result: bundle',
      ]
      assert.deepEqual(await formsOn(road, digest), expected)
      // Once more changes nothing.
      await workspace.attest({ application: APP, image, claim })
      assert.equal((await workspace.promote({ application: APP, to: 'dev', image })).outcome, 'already')
      assert.deepEqual(await formsOn(road, digest), expected)
    })
  }

  test('a run that ended between the two forms is completed', async (t) => {
    const road = await legacyRoad(t)
    const digest = await road.build('a')
    assert.equal(await layersOn(road, digest, 'sig'), 0)
    const workspace = await road.open()
    const attested = await workspace.attest({
      application: APP,
      image: imageTag('a'),
      claim: { kind: 'signature' },
    })
    assert.equal(attested.outcome, 'already')
    assert.equal(await layersOn(road, digest, 'sig'), 1)
  })

  test('before the first bundle, attestations in the old form become bundles with the same signature', async (t) => {
    const road = await legacyRoad(t)
    road.change('dev', { gates: [{ tests: { suites: ['unit'] } }], tags: ['dev'] })
    const digest = await road.build('a', { provenance: false, signature: false, unit: false })
    const store = road.store('dev')
    const root = await store.head(digest)
    assert.ok(root)
    const unit = makeStatement([digest], predicateTypes['test-result'], tested('unit', 'PASSED'))
    const ours = await attestationLayer(unit, withKey(road.privateKey('tests')))
    const foreign = await attestationLayer(unit, withKey(road.privateKey('stranger')))
    await putLegacy(store, root, 'att', [ours, foreign])
    await putLegacy(store, root, 'sig', [await signatureLayer(digest, withKey(road.privateKey('signature')))])
    const warned: string[] = []
    const workspace = await road.open((step) => {
      if (step.kind === 'warning') warned.push(step.code)
    })
    const { outcome } = await workspace.promote({ application: APP, to: 'dev', image: imageTag('a') })
    assert.equal(outcome, 'promoted')
    // A .sig cannot be put into a bundle, and a stranger's word is not ours to pass on.
    assert.ok(warned.includes('LEGACY_HIDDEN'))
    const { contents } = await collect(store, digest)
    const bundles = contents.filter(({ format }) => format === 'bundle')
    const signature = JSON.parse(ours.bytes.toString('utf8')).signatures[0].sig
    const same = bundles.filter(({ bytes }) => bytes.includes(signature))
    assert.equal(same.length, 1)
    assert.equal(bundles.length, 3)
  })

  test('many at once: no layer is lost', async (t) => {
    const road = await legacyRoad(t)
    const digest = await road.build('a')
    const layers = Array.from({ length: 8 }, (_, index) => ({
      mediaType: 'application/vnd.dsse.envelope.v1+json',
      bytes: Buffer.from(JSON.stringify({ index })),
      annotations: { index: String(index) },
    }))
    const tag = `sha256-${hexOf(digest)}.att`
    await Promise.all([...layers, ...layers].map((layer) => appendLayer(road.store('dev'), tag, layer)))
    assert.equal(await layersOn(road, digest, 'att'), 8)
  })

  test('the plain profile writes no old form', async (t) => {
    const road = await openRoad(t, { git: false })
    const digest = await road.carry('a', {}, 'dev')
    assert.equal(await layersOn(road, digest, 'att'), 0)
    assert.equal(await layersOn(road, digest, 'sig'), 0)
  })
})
