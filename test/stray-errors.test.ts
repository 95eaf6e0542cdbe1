import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryDirectory } from './support/registries.ts'

const FASTER = import.meta.resolve('./support/no-tracking.ts')
const HEAD = "import { before, describe, it, test } from 'node:test'\nconst log = []\n"

/** As `npm test` runs a file. */
function ran(folder: string, body: string) {
  const file = join(folder, 'one.test.mjs')
  writeFileSync(file, HEAD + body)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = [`--import=${FASTER}`, '--test', '--test-reporter=spec', file]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  return { status, stdout }
}

describe('the runner without its tracking of promises', () => {
  test('fails a file for an error after the end of its test, and for a promise that nobody waits for', async (t) => {
    const folder = await temporaryDirectory(t)
    const errors = [
      "test('ends', () => { setTimeout(() => { throw new Error('stray') }, 5) })",
      "test('ends', () => { void Promise.reject(new Error('stray')) })",
      "test('ends', async () => { setTimeout(() => Promise.reject(new Error('stray')), 5); await 0 })",
    ]
    for (const body of errors) {
      const { status, stdout } = ran(folder, body)
      assert.equal(status, 1, stdout)
      assert.match(stdout, /stray/)
    }
  })

  test('runs hooks and nests as it is written', async (t) => {
    const body = `
      describe('outer', () => {
        before(() => log.push('before'))
        describe('inner', () => { it('deep', (t) => t.test('deeper', async () => { await 0; log.push('deeper') })) })
      })
      test('told', (t) => t.assert.deepEqual(log, ['before', 'deeper']))
    `
    const { status, stdout } = ran(await temporaryDirectory(t), body)
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^▶ outer\n {2}▶ inner\n {4}▶ deep\n {6}✔ deeper/m)
  })
})
