import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cpuTime } from '../../test/support/cpu-time.ts'
import { factsWith, NOW, provenanceOf, signer, verified } from '../../test/support/policy-facts.ts'
import { evaluate } from './evaluate.ts'
import type { Facts } from './facts.ts'
import { gatesSchema } from './schema.ts'
import { activeWaivers, gateWaiver, readWaivers, waiverFor, waiversOf } from './waivers.ts'

const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000).toISOString()

function waiver(more: object = {}, by = signer('sec', ['security'])) {
  const predicate = {
    application: 'ordersvc',
    environment: 'staging',
    gate: 'tests',
    reason: 'why',
    approver: 'sec',
    createdOn: at(-60),
    notAfter: at(60),
    ...more,
  }
  return verified('waiver', predicate, by)
}

const RULES = { roles: ['security'], maxDuration: 86_400_000, gates: undefined, notAuthor: true }
const flaws = (facts: Facts) => readWaivers(facts, 'tests').map(({ flaw }) => flaw ?? 'counts')

describe('waivers', () => {
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ['in force', {}, /^counts$/],
    ['ended', { notAfter: at(0) }, /^ended on/],
    ['not begun', { createdOn: at(6), notAfter: at(60) }, /in the future/],
    ['too long', { notAfter: at(24 * 60) }, /lasts longer than the 1d/],
  ]
  for (const [name, more, expected] of cases)
    test(name, () => {
      const exceptions = { waive: { ...RULES, notAuthor: false } }
      assert.match(flaws(factsWith([waiver(more)], { exceptions }))[0] ?? '', expected)
    })

  test('by somebody without the role, by the author, and when the author is not known', () => {
    const exceptions = { waive: RULES }
    assert.match(flaws(factsWith([waiver({}, signer('eve'))], { exceptions }))[0] ?? '', /none of the roles/)
    assert.match(flaws(factsWith([waiver()], { exceptions }))[0] ?? '', /author, who is not known/)
    const built = verified('provenance', provenanceOf({}, 'SEC@example.com'))
    assert.match(flaws(factsWith([built, waiver()], { exceptions }))[0] ?? '', /is the author/)
    const other = verified('provenance', provenanceOf({}, 'dana@example.com'))
    assert.deepEqual(flaws(factsWith([other, waiver()], { exceptions })), ['counts'])
  })

  test('the latest word about the same counts, and on a tie the shorter one; another scope is another thing', () => {
    const ended = waiver({ createdOn: at(-30), notAfter: at(-30) })
    assert.deepEqual(waiversOf(factsWith([waiver(), ended]), 'tests'), [])
    const tied = waiver({ notAfter: at(-1) })
    assert.deepEqual(waiversOf(factsWith([waiver(), tied]), 'tests'), [])
    const narrower = waiver({ createdOn: at(-30), notAfter: at(-30), findings: ['x'] })
    assert.equal(waiversOf(factsWith([waiver(), narrower]), 'tests').length, 1)
    // Of the place, it is another scope than of the image.
    assert.equal(waiversOf(factsWith([waiver()], { standing: [ended] }), 'tests').length, 1)
    // Of another gate, it is another thing too.
    const elsewhere = waiver({ createdOn: at(-30), gate: 'sbom' })
    assert.equal(activeWaivers(factsWith([waiver(), elsewhere])).length, 2)
    // Somebody who may not waive ends nothing either.
    const exceptions = { waive: { ...RULES, notAuthor: false } }
    const stranger = waiver({ createdOn: at(-30), notAfter: at(-30) }, signer('eve'))
    assert.equal(waiversOf(factsWith([waiver(), stranger], { exceptions }), 'tests').length, 1)
  })

  test('one of another gate is another thing, also where all are listed', () => {
    const facts = factsWith([waiver(), waiver({ gate: 'sbom', createdOn: at(-30) })])
    assert.deepEqual(
      activeWaivers(facts).map(({ predicate }) => predicate.gate),
      ['tests', 'sbom'],
    )
  })

  test('a thousand of one gate cost no square', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => waiver({ findings: [`CVE-2026-${n}`] }))
    const facts = factsWith(many)
    const started = cpuTime()
    assert.equal(waiversOf(facts, 'tests').length, 1_000)
    assert.ok(cpuTime() - started < 250)
  })

  test('a finding is waived by id and package, and no waiver of one is one of the gate', () => {
    const given = waiver({ findings: ['CVE-1'], packages: ['pkg:npm/a@1'] })
    const active = waiversOf(factsWith([given]), 'tests')
    assert.equal(gateWaiver(active), undefined)
    const inside = (ids: string[], purl: string) => waiverFor(active, { ids, package: { name: 'a', purl } })
    assert.ok(inside(['GHSA-1', 'CVE-1'], 'pkg:npm/a@1'))
    assert.equal(inside(['CVE-1'], 'pkg:npm/a@2'), undefined)
    assert.equal(inside(['CVE-2'], 'pkg:npm/a@1'), undefined)
    assert.equal(waiverFor(active, { ids: ['CVE-1'] }), undefined)
  })

  test('gates about origin, stops and consent are not waived by default', async () => {
    const kinds = ['provenance', 'signature', 'approval', 'hold', 'quarantine']
    const given = kinds.map((gate) => waiver({ gate, evenOnError: true }))
    const hold = {
      application: 'ordersvc',
      environment: 'staging',
      state: 'held',
      reason: 'x',
      createdOn: at(-5),
    }
    const facts = factsWith(given, {
      standing: [verified('hold', hold), ...given],
      quarantined: [
        { digest: factsWith([]).image.digest, since: at(-9), by: 'record 1', reason: 'x', payload: POLICY },
      ],
    })
    const gates = await gatesSchema.parseAsync(kinds.map((kind) => ({ [kind]: {} })))
    const { gates: judged, result } = await evaluate(gates, facts)
    assert.equal(result, 'fail')
    assert.deepEqual(
      judged.filter((gate) => gate.result === 'waived' || gate.result === 'pass'),
      [],
    )
  })
})

const POLICY = factsWith([]).policyDigest
