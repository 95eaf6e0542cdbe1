import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { VerifiedStatement } from '../../attestation/index.ts'
import { flawOfGate, gateTable } from '../../../test/support/gate-table.ts'
import {
  DEV_REPOSITORY,
  factsWith,
  IMAGE,
  markOf,
  OTHER_IMAGE,
  signer,
  stay,
  testsOf,
  verified,
} from '../../../test/support/policy-facts.ts'

const gate = { canary: { environment: 'dev' } }
const mark = verified('pass', markOf('dev'))

type Word = 'PASSED' | 'WARNED' | 'FAILED'
function analysis(result: Word, finishedOn?: string, provenOn?: string, suite = 'canary', by = 'ci') {
  const predicate = testsOf(suite, result, finishedOn === undefined ? {} : { finishedOn })
  return { ...verified('test-result', predicate, signer(by)), provenOn }
}

function canary(given: readonly VerifiedStatement[], occupancy = [stay(IMAGE, '11:00')]) {
  return factsWith([mark, ...given], {
    upstream: [{ environment: 'dev', repository: DEV_REPOSITORY, occupancy }],
  })
}

gateTable('canary', {
  'passed, and an analysis since': {
    gate,
    facts: canary([analysis('PASSED', '2026-03-01T11:20:00Z')]),
    result: 'pass',
    reason:
      /^dev passed this digest\. The analysis "canary" says PASSED, 20m after it came, by its own account\.$/,
  },
  'by proven time': {
    gate,
    facts: canary([analysis('PASSED', undefined, '2026-03-01T11:20:00Z')]),
    result: 'pass',
    reason: /20m after it came\.$/,
  },
  'no analysis yet: it may still come': {
    gate,
    facts: canary([]),
    result: 'pending',
    reason: /^No signed analysis "canary" since it came to dev on 2026-03-01T11:00:00Z\.$/,
    waitingFor: ['canary'],
  },
  'one from before it came cannot be replayed': {
    gate,
    facts: canary([analysis('PASSED', '2026-03-01T10:59:59Z')]),
    result: 'pending',
    reason: /1 older one found/,
  },
  'one from before, stamped again since': {
    gate,
    facts: canary([analysis('PASSED', '2026-03-01T10:00:00Z', '2026-03-01T11:30:00Z')]),
    result: 'pending',
    reason: /1 older one found/,
  },
  'a later no outlives an earlier yes': {
    gate,
    facts: canary([analysis('PASSED', '2026-03-01T11:20:00Z'), analysis('FAILED', '2026-03-01T11:30:00Z')]),
    result: 'fail',
    reason: /says FAILED/,
  },
  'a later yes outlives an earlier no': {
    gate,
    facts: canary([analysis('FAILED', '2026-03-01T11:20:00Z'), analysis('PASSED', '2026-03-01T11:30:00Z')]),
    result: 'pass',
    reason: /30m after/,
  },
  'a no without a time may be the later one': {
    gate,
    facts: canary([analysis('PASSED', '2026-03-01T11:20:00Z'), analysis('FAILED')]),
    result: 'fail',
    reason: /says FAILED/,
  },
  'a yes without a time proves nothing': {
    gate,
    facts: canary([analysis('PASSED')]),
    result: 'error',
    reason: /Nothing says when the analysis "canary" was made/,
  },
  'warnings are no success': {
    gate,
    facts: canary([analysis('WARNED', '2026-03-01T11:20:00Z')]),
    result: 'fail',
    reason: /says WARNED/,
  },
  'from the future': {
    gate,
    facts: canary([analysis('PASSED', '2027-03-01T11:20:00Z')]),
    result: 'error',
    reason: /in the future/,
  },
  'another suite is no analysis': {
    gate,
    facts: canary([analysis('PASSED', '2026-03-01T11:20:00Z', undefined, 'unit')]),
    result: 'pending',
    reason: /No signed analysis/,
  },
  'of another name': {
    gate: { canary: { environment: 'dev', analysis: 'error-rate' } },
    facts: canary([analysis('PASSED', '2026-03-01T11:20:00Z', undefined, 'error-rate')]),
    result: 'pass',
    reason: /"error-rate"/,
  },
  'of named signers only': {
    gate: { canary: { environment: 'dev', signers: ['kayenta'] } },
    facts: canary([analysis('PASSED', '2026-03-01T11:20:00Z')]),
    result: 'pending',
    reason: /No signed analysis/,
    waitingFor: ['kayenta'],
  },
  'still soaking': {
    gate: { canary: { environment: 'dev', soak: '2h' } },
    facts: canary([analysis('PASSED', '2026-03-01T11:20:00Z')]),
    result: 'pending',
    reason: /been in dev for 1h, required: 2h/,
    earliest: '2026-03-01T13:00:00Z',
  },
  'it left before anybody looked': {
    gate,
    facts: canary([], [stay(IMAGE, '10:00', '11:00'), stay(OTHER_IMAGE, '11:00')]),
    result: 'fail',
    reason: /no longer there/,
  },
  'an analysis of an earlier stay': {
    gate,
    facts: canary(
      [analysis('PASSED', '2026-03-01T10:10:00Z')],
      [stay(IMAGE, '10:00', '10:30'), stay(OTHER_IMAGE, '10:30', '11:00'), stay(IMAGE, '11:00')],
    ),
    result: 'pending',
    reason: /1 older one found/,
  },
  'never there': {
    gate,
    facts: canary([], [stay(OTHER_IMAGE, '10:00')]),
    result: 'fail',
    reason: /never been in dev/,
  },
  'not passed there': {
    gate,
    facts: factsWith([analysis('PASSED', '2026-03-01T11:20:00Z')]),
    result: 'fail',
    reason: /dev has not passed this digest/,
  },
  'one that cannot be read may be the no': {
    gate,
    facts: canary([analysis('PASSED', '2026-03-01T11:20:00Z'), verified('test-result', { result: 'NO' })]),
    result: 'error',
    reason: /cannot be read/,
  },
  'nothing known about it': {
    gate,
    facts: factsWith([mark], { upstream: [] }),
    result: 'error',
    reason: /Nothing could be read/,
  },
})

describe('canary, as it is written', () => {
  for (const [canaryOptions, message] of [
    [{}, /./],
    [{ environment: 'Dev' }, /./],
    [{ environment: ['dev'] }, /./],
    [{ environment: 'dev', soak: 'long' }, /./],
  ] as const)
    test(JSON.stringify(canaryOptions), async () =>
      assert.match(await flawOfGate({ canary: canaryOptions }), message),
    )
})
