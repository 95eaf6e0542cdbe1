import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { predicateTypes } from '../../src/attestation/index.ts'
import { hexOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { bundleIn, changed, hangBundle } from '../support/attached.ts'
import { Cosign, noCosign } from '../support/cosign.ts'
import { provenanceOf } from '../support/policy-facts.ts'
import { noDockerRegistry } from '../support/registries.ts'
import { APP, imageTag, openRoad, SOURCE, tested } from '../support/road.ts'
import type { RegistryKind, Road, RoadSigner } from '../support/road.ts'

// With the referrers API, and with the fallback tag alone.
const REGISTRIES: readonly RegistryKind[] = ['embedded', 'docker-registry']
const KEYS = ['build', 'signature', 'tests', 'promotion', 'pass', 'stranger']
const REVIEW = 'https://example.com/review/v1'
const ROAD = ['dev', 'staging', 'prod']

for (const registry of REGISTRIES) {
  const skip = noCosign || (registry === 'docker-registry' && noDockerRegistry)

  suite(`the road and cosign on ${registry}`, { skip }, () => {
    test('cosign verifies in prod everything that was said on the way there', async (t) => {
      const { road, cosign } = await world(t, registry)
      const digest = await road.carry('one', { version: '1.4.0' }, ...ROAD)
      const image = `${road.repository('prod')}@${digest}`
      const report = { reviewer: 'carol', result: 'a <b> & "c" é' }
      await attestIn(road, 'prod', digest, REVIEW, report)

      await cosign.verify('signature', image)
      await cosign.refuses(cosign.verify('stranger', image))

      const said = await Promise.all(
        CLAIMS.map(async ([key, type]) => cosign.verifyAttestation(key, type, image)),
      )
      for (const [index, statements] of said.entries()) {
        const [key = '', type = '', count = 0] = CLAIMS[index] ?? []
        assert.equal(statements.length, count, `${key} ${type}`)
        for (const { subject } of statements)
          assert.ok(
            subject.some((each) => each.digest.sha256 === hexOf(digest)),
            type,
          )
        await cosign.refuses(cosign.verifyAttestation('stranger', type, image))
      }
      const [promotions = [], , marks = [], , reviews = []] = said
      const places = promotions.map(({ predicate }) => predicate.environment)
      assert.deepEqual(new Set(places), new Set(ROAD))
      assert.ok(marks.every(({ predicate }) => predicate.verificationResult === 'PASSED'))
      assert.deepEqual(reviews[0]?.predicate, report)
      await cosign.refuses(cosign.verifyAttestation('promotion', 'https://example.com/absent/v1', image))

      // Nor does cosign drop what is there when it adds something, nor Waybill what cosign added.
      await cosign.attest('tests', REVIEW, { reviewer: 'dave' }, image)
      await attestIn(road, 'prod', digest, REVIEW, { reviewer: 'erin' })
      assert.equal((await cosign.verifyAttestation('tests', REVIEW, image)).length, 3)
      assert.equal((await cosign.verifyAttestation('promotion', predicateTypes.promotion, image)).length, 3)
    })

    test('a record of another digest, or with one byte changed, convinces neither', async (t) => {
      const { road, cosign } = await world(t, registry)
      const honest = await road.carry('one', {}, 'dev')
      const [record] = await road.recordsOn(honest, 'dev')
      assert.ok(record)
      const bare = await road.build('two', { provenance: false, signature: false, unit: false })
      const image = `${road.repository('dev')}@${bare}`
      const store = road.store('dev')
      const bytes = await bundleIn(store, record)
      await hangBundle(store, bare, bytes)
      await hangBundle(store, bare, changed(bytes, hexOf(honest), hexOf(bare)))

      await cosign.refuses(cosign.verifyAttestation('promotion', predicateTypes.promotion, image))
      const workspace = await road.open()
      const { evidence, promotions } = await workspace.verify({ reference: image })
      assert.deepEqual(promotions, [])
      assert.deepEqual(
        evidence.map(({ state }) => state),
        ['invalid', 'invalid'],
      )
    })

    for (const format of ['bundle', 'legacy'] as const) {
      test(`the gates accept what cosign signed and attested as ${format}, by the right key only`, async (t) => {
        const { road, cosign } = await world(t, registry)
        const digest = await road.build('one', { provenance: false, signature: false, unit: false })
        const image = `${road.repository('dev')}@${digest}`
        const promote = async () => road.promote('dev', { image: imageTag('one') })
        const provenance = provenanceOf({ source: SOURCE }, 'dana@contoso.example')

        await cosign.sign('stranger', image, format)
        await cosign.attest('stranger', 'slsaprovenance1', provenance, image, format)
        await cosign.attest(
          'signature',
          predicateTypes['test-result'],
          tested('unit', 'PASSED'),
          image,
          format,
        )
        assert.deepEqual(await gatesOf(promote()), {
          provenance: 'fail',
          signature: 'fail',
          tests: 'fail',
        })

        await cosign.sign('signature', image, format)
        await cosign.attest('build', 'slsaprovenance1', provenance, image, format)
        assert.deepEqual(await gatesOf(promote()), {
          provenance: 'pass',
          signature: 'pass',
          tests: 'fail',
        })

        await cosign.attest('tests', predicateTypes['test-result'], tested('unit', 'PASSED'), image, format)
        const outcome = await promote()
        assert.equal(outcome.outcome, 'promoted', JSON.stringify(outcome.verdict))
        // And it goes with the image, to be verified where it arrives.
        road.later(1)
        for (const to of ['staging', 'prod']) assert.equal((await road.promote(to)).outcome, 'promoted')
        const there = `${road.repository('prod')}@${digest}`
        // Beside any bundle, and the road's records are bundles, cosign 3 looks at a legacy tag only when told to.
        await cosign.verify('signature', there, format)
        await cosign.verifyAttestation('promotion', predicateTypes.promotion, there)
        await cosign.refuses(cosign.verify('tests', there, 'legacy'))
      })
    }
  })
}

const CLAIMS: readonly (readonly [key: string, type: string, count: number])[] = [
  ['promotion', predicateTypes.promotion, 3],
  ['build', 'slsaprovenance1', 1],
  ['pass', predicateTypes.pass, 3],
  ['tests', predicateTypes['test-result'], 1],
  ['tests', REVIEW, 1],
]

/** Three environments in three repositories, prod on a registry of its own, and a cosign with all keys. */
async function world(t: TestContext, registry: RegistryKind) {
  const trust = (signers: RoadSigner[]) => {
    for (const each of signers) if (each.id === 'ci-tests') each.mayAssert = ['test-result', REVIEW]
  }
  const road = await openRoad(t, { registry, layout: 'separate', git: false, trust })
  const cosign = new Cosign(road.directory)
  for (const name of KEYS) await cosign.key(name, road.privateKey(name), road.publicKey(name))
  return { road, cosign }
}

async function attestIn(road: Road, environment: string, image: Digest, type: string, predicate: object) {
  const file = join(road.directory, 'said.json')
  await writeFile(file, JSON.stringify(predicate))
  const claim = { kind: 'predicate', type, file } as const
  const workspace = await road.open()
  const fact = await workspace.attest({ application: APP, image, environment, claim, key: 'env://KEY_TESTS' })
  assert.equal(fact.outcome, 'attached')
}

async function gatesOf(promoting: ReturnType<Road['promote']>): Promise<Record<string, string>> {
  const { verdict } = await promoting
  const asked = verdict.gates.filter(({ gate }) => ['provenance', 'signature', 'tests'].includes(gate))
  return Object.fromEntries(asked.map(({ gate, result }) => [gate, result]))
}
