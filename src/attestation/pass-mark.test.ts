import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { digestOf } from '../oci/index.ts'
import { makePassMark, passLevel, passMark, passVerifierId } from './index.ts'

const facts = {
  environment: 'prod-canary',
  repository: 'registry.example.com/app',
  policyDigest: digestOf('policy'),
  passed: true,
  inputs: [digestOf('one')],
  verifierVersion: '0.1.0',
  at: '2026-11-20T12:00:00Z',
}

suite('src/attestation/pass-mark', () => {
  test('is a VSA that says which environment passed, and by what', () => {
    const mark = passMark.parse(makePassMark(facts))
    assert.equal(mark.verifier.id, 'https://waybill.dev/environments/prod-canary/v1')
    assert.equal(mark.verificationResult, 'PASSED')
    assert.deepEqual(mark.verifiedLevels, ['PROMOTION_ENV_PROD_CANARY_PASSED'])
    assert.deepEqual(mark.inputAttestations, [{ digest: { sha256: digestOf('one').slice(7) } }])
    assert.deepEqual(mark.policy.digest, { sha256: digestOf('policy').slice(7) })
    assert.equal(mark.timeVerified, facts.at)
  })

  test('a failure names no level that passed', () => {
    const mark = makePassMark({ ...facts, passed: false })
    assert.equal(mark.verificationResult, 'FAILED')
    assert.deepEqual(mark.verifiedLevels, ['FAILED'])
  })

  test('no inputs means the field is absent, since a list must name all of them', () => {
    assert.ok(!('inputAttestations' in makePassMark({ ...facts, inputs: [] })))
  })

  test('each environment has its own verifier, and no level starts with SLSA_', () => {
    assert.notEqual(passVerifierId('staging'), passVerifierId('prod'))
    assert.equal(passLevel('slsa-level'), 'PROMOTION_ENV_SLSA_LEVEL_PASSED')
  })
})
