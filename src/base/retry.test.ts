import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { baseErrors, fail, WaybillError } from './errors.ts'
import { retryAfter, retrying } from './retry.ts'

const [spec] = Object.values(baseErrors)
const quick = { attempts: 3, firstWait: 1, longestWait: 5 }

function fault(asked?: number): WaybillError {
  assert.ok(spec)
  const error = fail({ ...spec, retryable: true }, { message: 'busy', where: 'here' })
  if (asked !== undefined) retryAfter.set(error, asked)
  return error
}

describe('src/base: retrying', () => {
  it('bears so many faults', async () => {
    let tries = 0
    const work = () => Promise.reject(fault(void tries++))
    await assert.rejects(retrying(work, quick), WaybillError)
    assert.equal(tries, 3)
  })

  it('what a server asks for does not count as a fault', async () => {
    const work = (attempt: number) => (attempt < 30 ? Promise.reject(fault(0)) : Promise.resolve(attempt))
    assert.equal(await retrying(work, quick), 30)
  })

  it('but only for so long in all', async () => {
    let tries = 0
    const work = () => Promise.reject(fault((tries++, 2)))
    await assert.rejects(retrying(work, { ...quick, askedWait: 20 }), WaybillError)
    assert.ok(tries > 3 && tries < 30, String(tries))
  })
})
