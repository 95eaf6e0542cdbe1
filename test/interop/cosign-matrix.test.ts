import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { predicateTypes } from '../../src/attestation/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import type { AttestCommand } from '../../src/promotion/index.ts'
import { Cosign, cosignMajors, withoutCosign } from '../support/cosign.ts'
import type { CosignMajor } from '../support/cosign.ts'
import { provenanceOf } from '../support/policy-facts.ts'
import { APP, imageTag, openRoad, SOURCE, tested } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const KEYS = ['build', 'signature', 'tests', 'promotion', 'pass', 'stranger']
const PASSED = predicateTypes['test-result']

// Every major of cosign that can be had, in every format it knows: what it signs counts here, and what is signed here
// counts there, for the right key, the right type and the right image only.
for (const major of cosignMajors)
  for (const format of major.formats)
    suite(`${major.program}, ${format}`, { skip: withoutCosign(major) }, () => {
      test('what it signs and attests opens the gates, by the right key only', async (t) => {
        const { road, cosign, image } = await world(t, major)
        await cosign.sign('stranger', image, format)
        await cosign.attest('signature', PASSED, tested('unit', 'PASSED'), image, format)
        assert.deepEqual(await gatesOf(road), { provenance: 'fail', signature: 'fail', tests: 'fail' })

        await cosign.sign('signature', image, format)
        await cosign.attest('build', 'https://slsa.dev/provenance/v1', provenance(), image, format)
        assert.deepEqual(await gatesOf(road), { provenance: 'pass', signature: 'pass', tests: 'fail' })
        await cosign.attest('tests', PASSED, tested('unit', 'PASSED'), image, format)
        assert.deepEqual(await gatesOf(road), { provenance: 'pass', signature: 'pass', tests: 'pass' })
      })

      test('a FAILED statement is a valid signature and no pass', async (t) => {
        const { road, cosign, image } = await world(t, major)
        await cosign.attest('tests', PASSED, tested('unit', 'FAILED'), image, format)
        assert.equal((await gatesOf(road)).tests, 'fail')
      })

      test('a statement of another type says nothing about this one', async (t) => {
        const { road, cosign, image } = await world(t, major)
        await cosign.attest('tests', 'https://example.com/other/v1', tested('unit', 'PASSED'), image, format)
        const { tests } = await gatesOf(road)
        assert.equal(tests, 'fail')
      })

      test('what is signed about one image does not count for another', async (t) => {
        const { road, cosign, image } = await world(t, major)
        await cosign.sign('signature', image, format)
        await road.build('two', { provenance: false, signature: false, unit: false })
        assert.equal((await gatesOf(road, 'two')).signature, 'fail')
      })

      test('what is signed here verifies there, by the right key and type only', async (t) => {
        const { road, cosign, digest, image } = await world(t, major, format === 'legacy')
        await attest(road, digest, { kind: 'signature' }, 'env://KEY_SIGNATURE')
        const file = join(road.directory, 'said.json')
        await writeFile(file, JSON.stringify(tested('unit', 'PASSED')))
        await attest(road, digest, { kind: 'predicate', type: PASSED, file }, 'env://KEY_TESTS')
        await cosign.verify('signature', image, format)
        await cosign.refuses(cosign.verify('stranger', image, format))
        const [statement] = await cosign.verifyAttestation('tests', PASSED, image, format)
        assert.equal(statement?.predicate.result, 'PASSED')
        await cosign.refuses(cosign.verifyAttestation('stranger', PASSED, image, format))
        await cosign.refuses(
          cosign.verifyAttestation('tests', 'https://example.com/absent/v1', image, format),
        )
      })
    })

const provenance = () => provenanceOf({ source: SOURCE }, 'dana@contoso.example')

/** dev with its gates, one image about which nothing is said yet, and a cosign with all keys. */
async function world(t: TestContext, major: CosignMajor, legacy = false) {
  const road = await openRoad(t, {
    layout: 'separate',
    git: false,
    trust: (signers) => {
      for (const each of signers)
        if (each.id === 'ci-tests') each.mayAssert = ['test-result', 'https://example.com/other/v1']
    },
    ...(legacy && { edit: (config) => void (config.signing = { profile: 'bundle+legacy' }) }),
  })
  const cosign = new Cosign(road.directory, major)
  for (const name of KEYS) await cosign.key(name, road.privateKey(name), road.publicKey(name))
  const digest = await road.build('one', { provenance: false, signature: false, unit: false })
  return { road, cosign, digest, image: `${road.repository('dev')}@${digest}` }
}

async function attest(road: Road, image: Digest, claim: AttestCommand['claim'], key: string): Promise<void> {
  const workspace = await road.open()
  await workspace.attest({ application: APP, image, claim, key })
}

async function gatesOf(road: Road, name = 'one'): Promise<Record<string, string>> {
  const { verdict } = await road.promote('dev', { image: imageTag(name), dryRun: true })
  return Object.fromEntries(verdict.gates.map(({ gate, result }) => [gate, result]))
}
