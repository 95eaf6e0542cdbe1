import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { digestOf } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { BarredDigest, PromotionRecord } from './promotion.ts'
import { barredAfter } from './quarantine.ts'

interface Step {
  readonly kind: PromotionRecord['kind']
  readonly digest: Digest
}

/** What is barred after these records, told another way: newest first, over the whole chain. */
function byWalking(steps: readonly Step[]): ReadonlySet<Digest> {
  const back = new Set<Digest>()
  const barred = new Set<Digest>()
  for (let at = steps.length - 1; at >= 0; at--) {
    const { kind, digest } = steps[at] ?? assert.fail()
    const left = steps[at - 1]?.digest
    if (kind === 'promote') back.add(digest)
    if (kind === 'rollback' && left !== undefined && left !== digest && !back.has(left)) barred.add(left)
  }
  return barred
}

function byList(steps: readonly Step[]): readonly BarredDigest[] {
  return steps.reduce<readonly BarredDigest[]>((before, { kind, digest }, index) => {
    const image = { mediaType: 'application/vnd.oci.image.index.v1+json', digest, size: 1 }
    const finishedOn = '2026-03-01T10:00:00Z'
    const step = { kind, sequence: String(index + 1), image, finishedOn, reason: 'why' }
    return barredAfter(before, steps[index - 1]?.digest, step)
  }, [])
}

const step = fc.record<Step>({
  kind: fc.constantFrom('promote', 'rollback', 'break-glass'),
  digest: fc.constantFrom('a', 'b', 'c', 'd').map((name) => digestOf(name)),
})

test('the list that records carry on says what walking the whole chain says', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const listed = byList(steps)
      assert.deepEqual(new Set(listed.map(({ digest }) => digest)), byWalking(steps))
      assert.equal(new Set(listed.map(({ digest }) => digest)).size, listed.length)
    }),
  )
})

test('an entry names the record that rolled away, and why', () => {
  const [a, b] = [digestOf('a'), digestOf('b')]
  const listed = byList([
    { kind: 'promote', digest: a },
    { kind: 'promote', digest: b },
    { kind: 'rollback', digest: a },
  ])
  assert.deepEqual(listed, [{ digest: b, sequence: '3', since: '2026-03-01T10:00:00Z', reason: 'why' }])
})
