import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { digestOf } from '../../oci/index.ts'
import type { GateVerdict } from '../../policy/index.ts'
import { missingGates } from './missing-gates.ts'

const digest = digestOf('image')
const finding = { id: 'CVE-2026-1', severity: 'high' } as const

const commandOf = (more: Partial<GateVerdict>, from?: string) => {
  const gate: GateVerdict = { gate: 'vulnerabilities', result: 'fail', reason: '', evidence: [], ...more }
  const order = { application: 'shop', environment: 'prod', upstream: ['qa'], from, digest, gates: [] }
  return missingGates({ result: 'fail', gates: [gate] }, order)[0]?.command
}

suite('src/insight/explain/missing-gates.ts', () => {
  test('a scan that is missing is attested where the image is looked at', () => {
    assert.equal(commandOf({}, 'qa'), `waybill attest shop ${digest} --environment qa --report SCAN`)
    assert.equal(commandOf({}), `waybill attest shop ${digest} --report SCAN`)
  })

  test('what a scan found is mended in the source: another report would find it again', () => {
    assert.equal(commandOf({ findings: [finding] }), 'waybill build shop')
  })

  test('a time is waited for, not typed', () => {
    assert.equal(commandOf({ result: 'pending', earliest: '2026-01-01T00:00:00Z' }), undefined)
  })
})
