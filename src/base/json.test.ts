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
    '{"a" :1,"a"\t:2}',
    '{"a":{"b":1},"a":{"b":1,"c":2}}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
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

  test('nesting has one limit, in short texts and in long ones', () => {
    const nested = (depth: number, filler: number) =>
      `${'[{"a":'.repeat(depth / 2)}"${'x'.repeat(filler)}"${'}]'.repeat(depth / 2)}`
    for (const filler of [1, 100_000]) {
      assert.doesNotThrow(() => parse(nested(64, filler)))
      assert.throws(() => parse(nested(66, filler)), /nesting deeper than 64/)
    }
  })

  test('a key written twice is found wherever it is', () => {
    const keys = fc.constantFrom('a', 'b', 'a"', 'a\\', ':', '"', '__proto__', '\u0061')
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('1', '"a"', '":"', 'null'),
        fc
          .array(tie('node') as fc.Arbitrary<string>, { maxLength: 3 })
          .map((each) => `[${each.join(' , ')}]`),
        fc
          .array(fc.tuple(keys, tie('node') as fc.Arbitrary<string>), { maxLength: 4 })
          .map((each) => `{${each.map(([key, value]) => `${JSON.stringify(key)} : ${value}`).join(',')}}`),
      ),
    })).node as fc.Arbitrary<string>
    fc.assert(
      fc.property(tree, (text) => {
        // What the long way says of the same text, made long by space around it.
        const long = `${' '.repeat(70_000)}${text}`
        const verdict = (given: string) => {
          try {
            return JSON.stringify(parse(given))
          } catch (error) {
            return (error as Error).message
          }
        }
        assert.equal(verdict(text), verdict(long))
      }),
    )
  })

  test('refuses bytes that are not UTF-8', () => {
    assert.throws(() => parseJson(Buffer.from([0x22, 0xff, 0x22]), 'here'), /not UTF-8/)
  })
})
