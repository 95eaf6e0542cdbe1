import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { parseJson, WaybillError } from './index.ts'

const parse = (text: string) => parseJson(Buffer.from(text), 'here')

suite('src/base/json', () => {
  test('agrees with JSON.parse on everything it accepts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        assert.deepEqual(parse(text), JSON.parse(text))
      }),
    )
  })

  test('a string of any length is one token', () => {
    const text = JSON.stringify({ a: 'x'.repeat(9_500_000), b: '\\'.repeat(1000) })
    assert.equal((parse(text) as { a: string }).a.length, 9_500_000)
  })

  for (const text of ['{"a\\\\":1,"a":1}', '{"a":["a","a"],"b":"a"}', '{"a":"\\"","b":{"a":1}}']) {
    test(`accepts ${text}`, () => assert.deepEqual(parse(text), JSON.parse(text)))
  }

  const refusals: readonly string[] = [
    '{"a":1,"a":2}',
    '{"b":{"a":1,"a":2}}',
    '{"\\u0061":1,"a":2}',
    '{"a\\"":1,"a\\"":2}',
    '{"a\\\\":1,"a\\\\":2}',
    '[{"a":{},"a":[]}]',
    '{"a":"',
    '"',
    '{"a":1,}',
    '',
    '['.repeat(100),
  ]
  for (const text of refusals) {
    test(`refuses ${text.slice(0, 30)}`, () => {
      assert.throws(
        () => parse(text),
        (error) => error instanceof WaybillError && error.code === 'JSON_INVALID',
      )
    })
  }

  test('refuses bytes that are not UTF-8', () => {
    assert.throws(() => parseJson(Buffer.from([0x22, 0xff, 0x22]), 'here'), /not UTF-8/)
  })
})
