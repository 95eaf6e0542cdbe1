import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '../oci/index.ts'
import { requireConditions } from './conditions.ts'

const here = digestOf('here')
const other = digestOf('other')

describe('requireConditions', () => {
  const cases: readonly [string, Record<string, string>, boolean, boolean][] = [
    // what, headers, holds for `here`, holds for nothing there
    ['nothing asked', {}, true, true],
    ['must exist', { 'if-match': '*' }, true, false],
    ['must not exist', { 'if-none-match': '*' }, false, true],
    ['must be this', { 'if-match': `"${here}"` }, true, false],
    ['must be another', { 'if-match': `"${other}"` }, false, false],
    ['one of several', { 'if-match': `"${other}", "${here}"` }, true, false],
    ['must not be this', { 'if-none-match': `"${here}"` }, false, true],
    ['must not be another', { 'if-none-match': `"${other}"` }, true, true],
    ['weak, which never matches strongly', { 'if-match': `W/"${here}"` }, false, false],
    ['unquoted, which is no entity tag', { 'if-match': here }, false, false],
  ]
  for (const [what, headers, holdsHere, holdsAbsent] of cases) {
    it(what, () => {
      for (const [current, holds] of [
        [here, holdsHere],
        [undefined, holdsAbsent],
      ] as const) {
        const check = () => requireConditions(headers, current, 'tag v1')
        if (holds) check()
        else assert.throws(check, { status: 412 })
      }
    })
  }
})
