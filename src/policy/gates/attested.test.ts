import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { VerifiedStatement } from '../../attestation/index.ts'
import { makeStatement, predicateTypes } from '../../attestation/index.ts'
import { digestOf } from '../../oci/index.ts'
import { flawOfGate, gateTable } from '../../../test/support/gate-table.ts'
import { AMD64, factsWith, IMAGE, signer, testsOf, verified } from '../../../test/support/policy-facts.ts'

const PENTEST = 'https://example.com/pentest/v1'
const gate = { attested: { name: 'dast', signers: ['zap'] } }
type Word = 'PASSED' | 'WARNED' | 'FAILED'

function said(result: Word, more: { at?: string; proven?: string; by?: string; suite?: string } = {}) {
  const { at, proven, by = 'zap', suite = 'dast' } = more
  const predicate = testsOf(suite, result, at === undefined ? {} : { finishedOn: at })
  return { ...verified('test-result', predicate, signer(by)), provenOn: proven }
}

const pentest = (predicate: object, by = 'lab') => verified(PENTEST, predicate, signer(by))
const lab = { type: PENTEST, signers: ['lab'], where: 'predicate.critical == 0 && predicate.scope == "full"' }

/** The same statement about other digests as well. */
function about(
  given: VerifiedStatement,
  ...manifests: readonly ReturnType<typeof digestOf>[]
): VerifiedStatement {
  return {
    ...given,
    statement: makeStatement([IMAGE, ...manifests], given.predicateType, given.statement.predicate),
  }
}

const ARM64 = digestOf('linux/arm64')
const platforms = [
  { platform: { os: 'linux', architecture: 'amd64' }, manifest: AMD64, config: digestOf('a') },
  { platform: { os: 'linux', architecture: 'arm64' }, manifest: ARM64, config: digestOf('b') },
]
const twoPlatforms = (...given: readonly VerifiedStatement[]) => {
  const facts = factsWith(given)
  return { ...facts, image: { ...facts.image, platforms } }
}

gateTable('attested', {
  passed: { gate, facts: factsWith([said('PASSED')]), result: 'pass', reason: /^zap: PASSED\.$/ },
  absent: {
    gate,
    facts: factsWith([]),
    result: 'fail',
    reason: /^0 statements "dast" of zap counts, required: 1\.$/,
  },
  'absent, and waited for': {
    gate: { attested: { ...gate.attested, missing: 'pending' } },
    facts: factsWith([]),
    result: 'pending',
    reason: /required: 1/,
    waitingFor: ['zap'],
  },
  'of somebody else': {
    gate,
    facts: factsWith([said('PASSED', { by: 'mallory' })]),
    result: 'fail',
    reason: /0 statements/,
  },
  'what does not count is named': {
    gate,
    facts: factsWith([], {
      evidence: {
        valid: [],
        unusable: [
          {
            state: 'foreign',
            reason: 'zap may not say this',
            code: 'X',
            predicateType: predicateTypes['test-result'],
            payload: IMAGE,
            origin: { manifest: IMAGE, format: 'bundle' },
          },
        ],
      },
    }),
    result: 'fail',
    reason: /1 other found that does not count \(foreign: zap may not/,
  },
  failed: {
    gate,
    facts: factsWith([said('FAILED')]),
    result: 'fail',
    reason: /^zap: FAILED, required: PASSED\.$/,
  },
  'warnings, where they are let through': {
    gate: { attested: { ...gate.attested, result: ['PASSED', 'WARNED'] } },
    facts: factsWith([said('WARNED')]),
    result: 'pass',
    reason: /WARNED/,
  },
  'a newer no': {
    gate,
    facts: factsWith([
      said('PASSED', { at: '2026-03-01T10:00:00Z' }),
      said('FAILED', { at: '2026-03-01T11:00:00Z' }),
    ]),
    result: 'fail',
    reason: /FAILED/,
  },
  'a newer yes': {
    gate,
    facts: factsWith([
      said('PASSED', { at: '2026-03-01T11:00:00Z' }),
      said('FAILED', { at: '2026-03-01T10:00:00Z' }),
    ]),
    result: 'pass',
    reason: /PASSED/,
  },
  'an old yes, stamped again, is replayed over a no': {
    gate,
    facts: factsWith([
      said('PASSED', { at: '2026-03-01T10:00:00Z', proven: '2026-03-01T11:50:00Z' }),
      said('FAILED', { at: '2026-03-01T11:00:00Z', proven: '2026-03-01T11:00:01Z' }),
    ]),
    result: 'fail',
    reason: /FAILED/,
  },
  'a no without a time': {
    gate,
    facts: factsWith([said('PASSED', { at: '2026-03-01T11:00:00Z' }), said('FAILED')]),
    result: 'fail',
    reason: /FAILED/,
  },
  'two listed signers, one says no': {
    gate: { attested: { ...gate.attested, signers: ['zap', 'burp'] } },
    facts: factsWith([said('PASSED'), said('FAILED', { by: 'burp' })]),
    result: 'fail',
    reason: /burp: FAILED/,
  },
  'two of them are required': {
    gate: { attested: { ...gate.attested, signers: ['zap', 'burp'], count: 2, missing: 'pending' } },
    facts: factsWith([said('PASSED'), said('PASSED')]),
    result: 'pending',
    reason: /1 statement "dast" of zap and burp counts, required: 2/,
    waitingFor: ['burp'],
  },
  'a newer word about another suite takes nothing back': {
    gate: { attested: { signers: ['zap'] } },
    facts: factsWith([
      said('FAILED', { at: '2026-03-01T10:00:00Z' }),
      said('PASSED', { at: '2026-03-01T11:00:00Z', suite: 'lint' }),
    ]),
    result: 'fail',
    reason: /FAILED/,
  },
  'too old': {
    gate: { attested: { ...gate.attested, maxAge: '1h' } },
    facts: factsWith([said('PASSED', { at: '2026-03-01T10:00:00Z' })]),
    result: 'fail',
    reason: /not counted: zap: PASSED, but it is 2h old, by its own account/,
  },
  'without a time it is not young': {
    gate: { attested: { ...gate.attested, maxAge: '1h' } },
    facts: factsWith([said('PASSED')]),
    result: 'fail',
    reason: /has no date/,
  },
  'young by proven time': {
    gate: { attested: { ...gate.attested, maxAge: '1h' } },
    facts: factsWith([said('PASSED', { proven: '2026-03-01T11:30:00Z' })]),
    result: 'pass',
    reason: /PASSED/,
  },
  'from the future': {
    gate,
    facts: factsWith([
      said('PASSED', { at: '2099-01-01T00:00:00Z' }),
      said('FAILED', { at: '2026-03-01T11:00:00Z' }),
    ]),
    result: 'error',
    reason: /in the future/,
  },
  'one that cannot be read may be the no': {
    gate,
    facts: factsWith([said('PASSED'), verified('test-result', { result: 'MAYBE' }, signer('zap'))]),
    result: 'error',
    reason: /cannot be read/,
  },
  'any type, by an expression': {
    gate: { attested: lab },
    facts: factsWith([pentest({ critical: 0, scope: 'full' })]),
    result: 'pass',
    reason: /^lab: true: predicate.critical == 0/,
  },
  'an expression that is false': {
    gate: { attested: lab },
    facts: factsWith([pentest({ critical: 1, scope: 'full' })]),
    result: 'fail',
    reason: /^lab: false: predicate.critical == 0/,
  },
  'a field that is not there': {
    gate: { attested: lab },
    facts: factsWith([pentest({ scope: 'full' })]),
    result: 'error',
    reason: /lab: Could not be evaluated: No such key: critical/,
  },
  'a time of its own': {
    gate: { attested: { ...lab, date: 'report.date', maxAge: '30d' } },
    facts: factsWith([pentest({ critical: 0, scope: 'full', report: { date: '2026-02-20T00:00:00Z' } })]),
    result: 'pass',
    reason: /true/,
  },
  'every platform is named': {
    gate: { attested: { ...gate.attested, perPlatform: true } },
    facts: twoPlatforms(about(said('PASSED'), AMD64, ARM64)),
    result: 'pass',
    reason: /^linux\/amd64: zap: PASSED\. linux\/arm64: zap: PASSED\.$/,
  },
  'a platform that nobody looked at': {
    gate: { attested: { ...gate.attested, perPlatform: true } },
    facts: twoPlatforms(about(said('PASSED'), AMD64)),
    result: 'fail',
    reason: /^linux\/arm64: 0 statements/,
  },
  'no platform is known': {
    gate: { attested: { ...gate.attested, perPlatform: true } },
    facts: { ...twoPlatforms(said('PASSED')), image: { ...factsWith([]).image, platforms: [] } },
    result: 'error',
    reason: /nothing to judge/,
  },
})

describe('attested, as it is written', () => {
  for (const [attested, message] of [
    [{ name: 'dast' }, /signers/],
    [{ signers: [] }, /./],
    [{ signers: ['zap'], type: 'tests' }, /found \\"tests\\", expected a short name/],
    [{ signers: ['zap'], type: PENTEST, name: 'x' }, /for the type test-result only/],
    [{ signers: ['zap'], type: PENTEST, result: 'PASSED' }, /for the type test-result only/],
    [{ signers: ['zap'], where: 'predicat.x == 1' }, /Unknown variable: predicat/],
    [{ signers: ['zap'], where: 'signer' }, /expected a bool/],
    [{ signers: ['zap'], where: 'signer.matches("(a+)+")' }, /safeMatches/],
    [{ signers: ['zap'], result: 'FAILED' }, /./],
    [{ signers: ['zap'], date: 'a b' }, /expected a path/],
  ] as const)
    test(JSON.stringify(attested), async () => assert.match(await flawOfGate({ attested }), message))
})
