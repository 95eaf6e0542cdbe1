import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { matchesGlob } from './glob.ts'

describe('matchesGlob', () => {
  const cases: readonly (readonly [glob: string, text: string, expected: boolean])[] = [
    ['main', 'main', true],
    ['main', 'main2', false],
    ['main', 'Main', false],
    ['release/*', 'release/1.4', true],
    ['release/*', 'release/', true],
    ['release/*', 'release/1.4/fix', false],
    ['release/**', 'release/1.4/fix', true],
    ['**/fix', 'release/1.4/fix', true],
    ['*', 'a/b', false],
    ['**', '', true],
    ['', '', true],
    ['', 'a', false],
    ['v?', 'v1', true],
    ['v?', 'v/', false],
    ['v?', 'v💡', true],
    ['a.c', 'abc', false],
    ['[ab]+', '[ab]+', true],
    ['*', 'two\nlines', true],
  ]
  for (const [glob, text, expected] of cases)
    test(`${JSON.stringify(text)} by ${glob || 'nothing'}`, () =>
      assert.equal(matchesGlob(text, glob), expected))

  test('says what the expression it stands for says', () => {
    const meanings: Readonly<Record<string, string>> = { '**': '.*', '*': '[^/]*', '?': '[^/]', '.': '\\.' }
    const part = fc.constantFrom('**', '*', '?', '.', 'a', 'b', '/')
    const letter = fc.constantFrom('.', 'a', 'b', '/')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.array(letter, { maxLength: 8 }), (parts, letters) => {
        const text = letters.join('')
        // Stars beside each other are read from the left, two at a time; `***` means what `**` means.
        const expression = new RegExp(`^${parts.map((one) => meanings[one] ?? one).join('')}$`, 's')
        const glob = parts.join('')
        fc.pre(!/\*\*\*/.test(glob) && !parts.some((one, at) => one === '*' && parts[at + 1] === '*'))
        assert.equal(matchesGlob(text, glob), expression.test(text))
      }),
    )
  })

  test('ends, whatever the glob', () => {
    assert.equal(matchesGlob('a'.repeat(2_000), `${'*a'.repeat(200)}b`), false)
  })
})
