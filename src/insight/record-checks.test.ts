import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { predicateTypes } from '../attestation/index.ts'
import type { PromotionRecord, UnusableStatement, VerifiedStatement } from '../attestation/index.ts'
import { digestOf } from '../oci/index.ts'
import { recordChecks, timesCheck } from './record-checks.ts'

const image = digestOf('image')
const basis = digestOf('tests')

function statement(more: Partial<VerifiedStatement> = {}, predicate: object = {}): VerifiedStatement {
  const { predicateType = predicateTypes.pass } = more
  return {
    statement: {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: image.slice(7) } }],
      predicateType,
      predicate: { ...predicate },
    },
    predicateType,
    payload: digestOf('payload'),
    signer: { id: 'promoter', identity: undefined, roles: [] },
    origin: { manifest: digestOf('manifest'), format: 'bundle' },
    provenOn: undefined,
    ...more,
  }
}

function record(more: Partial<PromotionRecord> = {}): PromotionRecord {
  return {
    application: 'ordersvc',
    environment: 'prod',
    kind: 'promote',
    sequence: '1',
    from: { repository: 'dev.example.com/ordersvc' },
    to: { repository: 'prod.example.com/ordersvc', tags: [] },
    image: { mediaType: 'application/vnd.oci.image.index.v1+json', digest: image, size: 1 },
    platforms: [],
    policy: { digest: digestOf('policy') },
    gates: [{ gate: 'tests', result: 'pass', reason: 'unit: PASSED', evidence: [basis] }],
    approvals: [],
    carried: [],
    promoter: { id: 'waybill', version: '1' },
    startedOn: '2026-01-01T00:00:00Z',
    finishedOn: '2026-01-01T00:00:00Z',
    ...more,
  }
}

const checks = (
  given: PromotionRecord,
  valid: readonly VerifiedStatement[] = [statement({ payload: basis })],
) => recordChecks({ statement: statement(), predicate: given }, image, { valid, unusable: [] })

suite('src/insight/record-checks.ts', () => {
  test('everything is here', () => {
    const [one, ...more] = checks(record())
    assert.deepEqual([one?.result, more], ['pass', []])
    assert.match(one?.reason ?? '', /Signed by promoter under the policy [0-9a-f]{12}; 1 of 1 statements/)
  })

  test('what a gate rested on is gone, or does not count any more: which gate, and why', () => {
    assert.match(checks(record(), [])[0]?.reason ?? '', /0 of 1 .*; what tests rested on is not here\.$/)
    const unusable: UnusableStatement = {
      state: 'foreign',
      reason: 'Signed by ci, who is gone.',
      code: 'SIGNER_NOT_ALLOWED',
      predicateType: undefined,
      payload: basis,
      origin: statement().origin,
    }
    const [one] = recordChecks({ statement: statement(), predicate: record() }, image, {
      valid: [],
      unusable: [unusable],
    })
    assert.equal(one?.result, 'note')
    assert.match(one.reason, /what tests rested on is foreign now: Signed by ci, who is gone\.$/)
  })

  test('what was ordered about the place is found there, or said to be kept there', () => {
    const held = record({ gates: [{ gate: 'hold', result: 'pass', reason: 'Released.', evidence: [basis] }] })
    const found = (ordered?: ReadonlySet<typeof basis>) =>
      recordChecks(
        { statement: statement(), predicate: held },
        image,
        { valid: [], unusable: [] },
        ordered,
      )[0]
    assert.equal(found(new Set([basis]))?.result, 'pass')
    assert.match(
      found()?.reason ?? '',
      /not here \(orders about a place are kept there, not with the image\)/,
    )
    assert.match(found(new Set())?.reason ?? '', /what hold rested on is not here\.$/)
  })

  test('another image', () => {
    const other = record({ image: { mediaType: '', digest: digestOf('other'), size: 1 } })
    assert.deepEqual(
      checks(other).map(({ result, code }) => [result, code]),
      [['fail', 'SUBJECT_MISMATCH']],
    )
  })

  test('waived and forced in are said; past a no without either is no record', () => {
    const gate = (result: 'waived' | 'fail') => [{ gate: 'tests', result, reason: 'why', evidence: [basis] }]
    assert.match(checks(record({ gates: gate('waived') }))[1]?.reason ?? '', /has waived gates: tests/)
    const forced = checks(record({ gates: gate('waived'), kind: 'break-glass', reason: 'prod is down' }))
    assert.deepEqual(
      forced.map(({ what, result }) => [what, result]),
      [
        ['record 1 of ordersvc in prod', 'pass'],
        ['BREAK-GLASS', 'note'],
      ],
    )
    const wrong = checks(record({ gates: gate('fail') }))[1]
    assert.deepEqual([wrong?.result, wrong?.code], ['fail', 'RECORD_INVALID'])
  })

  test('times: proven, claimed, none, and a claim that cannot be true', () => {
    const claimed = statement({}, { timeVerified: '2026-01-01T00:00:00Z' })
    const proven = statement({ provenOn: '2026-01-02T00:00:00Z' }, { timeVerified: '2026-01-01T00:00:00Z' })
    const check = timesCheck({ valid: [claimed, proven, statement()], unusable: [] })
    assert.equal(check.result, 'pass')
    assert.match(check.reason, /^1 of 3 .* proven, 1 is dated by its own account, 1 has no date\.$/)
    const late = statement({ provenOn: '2026-01-02T00:00:00Z' }, { timeVerified: '2026-01-03T00:00:00Z' })
    assert.equal(timesCheck({ valid: [late], unusable: [] }).result, 'note')
  })
})
