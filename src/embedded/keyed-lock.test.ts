import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { KeyedLock } from './keyed-lock.ts'

describe('KeyedLock', () => {
  it('runs the same key in order, also after a failure, and other keys beside it', async () => {
    const lock = new KeyedLock()
    const seen: string[] = []
    const work = (key: string, name: string, wait: number) =>
      lock.run(key, async () => {
        seen.push(`${name} begins`)
        await sleep(wait)
        seen.push(`${name} ends`)
        if (name === 'first') throw new Error('first failed')
      })
    const first = work('a', 'first', 30)
    const rest = Promise.all([work('a', 'second', 1), work('b', 'beside', 1)])
    await assert.rejects(first, /first failed/)
    await rest
    const ofA = seen.filter((entry) => !entry.startsWith('beside'))
    assert.deepEqual(ofA, ['first begins', 'first ends', 'second begins', 'second ends'])
    assert.ok(seen.indexOf('beside ends') < seen.indexOf('first ends'))
  })
})
