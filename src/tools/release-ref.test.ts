import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { releaseRef } from './index.ts'
import type { ReleaseRef } from './index.ts'

const cases: readonly [name: string, expected: ReleaseRef][] = [
  ['release/v1.2.0-sha-2b2e927', { version: '1.2.0', commit: '2b2e927' }],
  ['refs/heads/release/v1.2.0-sha-2b2e927', { version: '1.2.0', commit: '2b2e927' }],
  ['releases/1.2.0', { version: '1.2.0' }],
  ['refs/tags/v1.2.0', { version: '1.2.0' }],
  ['1.2.0', { version: '1.2.0' }],
  ['v1.2.0-rc.1', { version: '1.2.0-rc.1' }],
  ['release/v1.2.0-rc.1-sha-2b2e927', { version: '1.2.0-rc.1', commit: '2b2e927' }],
  ['release/1.2', {}],
  ['release/1.2-sha-2b2e927', { commit: '2b2e927' }],
  ['dev', {}],
  ['hotfix/1.2.1', {}],
  ['release/v01.2.0', {}],
  ['v1.2.0+build', {}],
  ['release/v1.2.0-sha-2b2e92', { version: '1.2.0-sha-2b2e92' }],
  ['release/v1.2.0 -sha-2b2e927', { commit: '2b2e927' }],
  ['', {}],
]

describe('src/tools/release-ref.ts', () => {
  for (const [name, expected] of cases)
    it(`${name || 'nothing'} says ${JSON.stringify(expected)}`, () =>
      assert.deepEqual(releaseRef(name), expected))
})
