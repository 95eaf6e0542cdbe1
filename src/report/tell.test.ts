import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  sampleBuild,
  sampleClean,
  sampleFact,
  samplePending,
  samplePlan,
  samplePromotion,
  sampleRefusal,
  sampleRescan,
  sampleTrain,
  sampleVerification,
} from '../../test/support/sample-answers.ts'
import {
  buildTold,
  cleanTold,
  factTold,
  outcomeTold,
  rescanTold,
  trainTold,
  verificationTold,
} from './tell.ts'

suite('src/report: what a CI system is told', () => {
  test('an image has an address only where it was let in', () => {
    assert.equal(
      outcomeTold(samplePromotion, false).outputs.image,
      `${samplePromotion.repository}@${samplePromotion.digest}`,
    )
    for (const outcome of [sampleRefusal, samplePending, samplePlan]) {
      const { outputs } = outcomeTold(outcome, false)
      assert.equal(outputs.digest, outcome.digest)
      assert.ok(!('image' in outputs), outcome.outcome)
    }
    assert.ok(!('image' in buildTold({ ...sampleBuild, outcome: 'planned' }).outputs))
  })

  test('topics tell one comment from another', () => {
    const topics = [
      buildTold(sampleBuild),
      cleanTold(sampleClean),
      outcomeTold(samplePlan, true),
      outcomeTold(samplePromotion, false),
      trainTold(sampleTrain),
    ]
    assert.deepEqual(
      topics.map(({ topic }) => topic),
      [
        'build:ordersvc',
        'clean:ordersvc',
        `plan:ordersvc:${samplePlan.to}`,
        `promote:ordersvc:${samplePromotion.to}`,
        sampleTrain.dryRun ? 'plan-train' : 'train',
      ],
    )
  })

  test('a gate that waits is a warning, one that says no or cannot tell an error', () => {
    const severities = (outcome: typeof sampleRefusal) =>
      outcomeTold({ ...outcome, warnings: [] }, false).notices.map(({ title, severity }) => [
        title.split(': ').at(-1),
        severity,
      ])
    const expected = (outcome: typeof sampleRefusal) =>
      outcome.verdict.gates
        .filter(({ result }) => result !== 'pass' && result !== 'waived')
        .map(({ gate, result }) => [gate.split(': ').at(-1), result === 'pending' ? 'warning' : 'error'])
    for (const outcome of [sampleRefusal, samplePending]) {
      assert.ok(expected(outcome).length > 0)
      assert.deepEqual(severities(outcome), expected(outcome))
    }
  })

  test('every item of a batch that did not go, every image that would not, every check that failed', () => {
    const stopped = sampleTrain.items.filter(({ outcome }) =>
      ['error', 'refused', 'unproven', 'pending', 'not-started'].includes(outcome),
    )
    const told = trainTold(sampleTrain).notices
    for (const { item } of stopped)
      assert.ok(
        told.some(({ title }) => title.startsWith(item)),
        item,
      )
    const out = sampleRescan.images.filter(({ result }) => result === 'fail')
    const titles = rescanTold(sampleRescan).notices.filter(({ severity }) => severity === 'error')
    assert.ok(out.length > 0 && titles.length >= out.length)
    const bad = sampleVerification.checks.filter(({ result }) => result === 'fail' || result === 'error')
    assert.equal(verificationTold(sampleVerification).notices.length, bad.length)
  })

  test('a pass mark that says FAILED by itself is an error', () => {
    const [notice] = factTold({ ...sampleFact, kind: 'pass', outcome: 'failed' }).notices
    assert.equal(notice?.severity, 'error')
    assert.deepEqual(factTold(sampleFact).notices, [])
  })
})
