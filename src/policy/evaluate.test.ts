import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  approvalOf,
  factsWith,
  markOf,
  provenanceOf,
  signer,
  testsOf,
  verified,
} from '../../test/support/policy-facts.ts'
import { gateResults } from '../attestation/index.ts'
import { digestOf } from '../oci/index.ts'
import { allow, combine, evaluate, gatesSchema, policyDigest } from './index.ts'
import type { Facts } from './index.ts'
import { cpuTime } from '../../test/support/cpu-time.ts'

const parse = (gates: readonly object[]) => gatesSchema.parseAsync(gates)
const ALL = [
  { provenance: {} },
  { tests: { suites: ['unit'] } },
  { passed: { environment: 'dev', soak: '30m' } },
  { signature: {} },
  { approval: {} },
  { cel: 'tests.unit.passed > 0' },
]

describe('evaluate', () => {
  test('everything in order: pass, in the order of the gates', async () => {
    const verdict = await evaluate(
      await parse(ALL),
      factsWith([
        verified('provenance', provenanceOf()),
        verified('test-result', testsOf('unit', 'PASSED')),
        verified('pass', markOf('dev')),
        verified('signature', {}),
        verified('approval', approvalOf(), signer('erin')),
      ]),
    )
    assert.equal(verdict.result, 'pass', JSON.stringify(verdict.gates))
    assert.deepEqual(
      verdict.gates.map((gate) => gate.gate),
      ['provenance', 'tests', 'passed', 'signature', 'approval', 'cel'],
    )
    assert.ok(allow(verdict))
  })

  test('no evidence: every gate says no or cannot tell', async () => {
    const verdict = await evaluate(await parse(ALL), factsWith([]))
    assert.equal(verdict.result, 'fail')
    assert.deepEqual(
      verdict.gates.map((gate) => gate.result),
      ['fail', 'fail', 'fail', 'fail', 'error', 'error'],
    )
  })

  test('no gates: pass', async () => {
    assert.equal((await evaluate([], factsWith([]))).result, 'pass')
  })

  test('a gate that breaks could not tell, and the others still speak', async () => {
    const broken: Facts = { ...factsWith([verified('signature', {})]), upstream: undefined as never }
    const verdict = await evaluate(
      await parse([{ passed: { environment: 'dev' } }, { signature: {} }]),
      broken,
    )
    assert.deepEqual(
      verdict.gates.map((gate) => gate.result),
      ['error', 'pass'],
    )
    assert.match(verdict.gates[0]?.reason ?? '', /^The gate broke: /)
    assert.equal(verdict.result, 'error')
  })

  test('pass only when every gate passes or is waived', () => {
    const gate = fc.record({
      gate: fc.string(),
      result: fc.constantFrom(...gateResults),
      reason: fc.string(),
      evidence: fc.constant([]),
    })
    fc.assert(
      fc.property(fc.array(gate, { maxLength: 12 }), (gates) => {
        const open = gates.every(({ result }) => result === 'pass' || result === 'waived')
        assert.equal(combine(gates).result === 'pass', open)
      }),
    )
  })

  test('whatever the predicates say, nothing is let in by nonsense', async () => {
    const gates = await parse(ALL)
    const names = ['provenance', 'test-result', 'pass', 'approval'] as const
    const statement = fc.tuple(fc.constantFrom(...names), fc.dictionary(fc.string(), fc.jsonValue()))
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { maxLength: 8 }), async (entries) => {
        const valid = entries.map(([name, predicate]) => verified(name, predicate as object))
        for (const gate of (await evaluate(gates, factsWith(valid))).gates) {
          assert.notEqual(gate.result, 'pass')
          assert.ok(gate.reason.length > 0 && !gate.reason.includes('broke'), gate.reason)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('policyDigest', () => {
  const trust = digestOf('trust')
  const digest = async (gates: readonly object[], by = trust) => policyDigest(await parse(gates), by)

  test('spelling does not matter', async () => {
    const one = await digest([{ passed: { environment: 'dev', soak: '60m' } }, { approval: { count: 1 } }])
    assert.equal(
      await digest([{ passed: { soak: '1h', environment: ['dev'], mode: 'all' } }, { approval: {} }]),
      one,
    )
    assert.equal(await digest([{ cel: 'true' }]), await digest([{ cel: { expression: 'true' } }]))
  })

  test('meaning does: any option, the order, the trust policy', async () => {
    const all = await Promise.all([
      digest([]),
      digest([{ approval: {} }]),
      digest([{ approval: { count: 2 } }]),
      digest([{ approval: { notAuthor: false } }]),
      digest([{ approval: {} }, { signature: {} }]),
      digest([{ signature: {} }, { approval: {} }]),
      digest([{ approval: {} }], digestOf('other trust')),
    ])
    assert.equal(new Set(all).size, all.length)
  })

  test('the application’s source is what a provenance gate without one goes by', async () => {
    const [plain, spelled, other] = [{}, { source: 'https://git.example.com/a' }, { approval: {} }]
    const of = async (gate: object, source?: string) =>
      policyDigest(await parse([gate]), trust, undefined, source)
    assert.notEqual(
      await of({ provenance: plain }, 'https://git.example.com/a'),
      await of({ provenance: plain }),
    )
    assert.equal(
      await of({ provenance: plain }, 'https://git.example.com/a'),
      await of({ provenance: spelled }, 'https://git.example.com/b'),
    )
    assert.equal(await of(other, 'https://git.example.com/a'), await of(other))
  })

  test('is stable: approvals are bound to it', async () => {
    assert.equal(
      await digest([{ tests: { suites: ['unit'] } }]),
      policyDigest([{ suites: ['unit'], kind: 'tests' }], trust),
    )
  })
})

describe('gatesSchema', () => {
  const refused: readonly unknown[] = [
    [{}],
    [{ nope: {} }],
    [{ signature: {}, approval: {} }],
    ['signature'],
    [{ tests: {} }],
    [{ tests: { suites: [] } }],
    [{ tests: { suites: ['unit'], age: '1h' } }],
    [{ provenance: { event: 'pull-request' } }],
    [{ passed: { environment: 'Dev' } }],
    [{ passed: { environment: 'dev', soak: '1 hour' } }],
    [{ approval: { count: 0 } }],
    [{ approval: { count: 1.5 } }],
    Array.from({ length: 51 }, () => ({ signature: {} })),
  ]
  for (const gates of refused) {
    test(`refuses ${JSON.stringify(gates).slice(0, 70)}`, () =>
      assert.equal(gatesSchema.safeParse(gates).success, false))
  }
})

describe('speed', () => {
  test('a thousand statements', async () => {
    const valid = Array.from({ length: 250 }, () => [
      verified('provenance', provenanceOf()),
      verified('test-result', testsOf('unit', 'PASSED')),
      verified('pass', markOf('dev')),
      verified('approval', approvalOf(), signer('erin')),
    ]).flat()
    const gates = await parse(ALL)
    await evaluate(gates, factsWith(valid))
    const start = cpuTime()
    await evaluate(gates, factsWith(valid))
    const took = cpuTime() - start
    // The aim is 10 ms; this only catches a change of order.
    assert.ok(took < 500, `took ${took} ms`)
  })
})
