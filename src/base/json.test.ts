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

  // Keys that are the same once they are read, that mean something to JavaScript, and that look like punctuation.
  const keys = fc.constantFrom(
    'a',
    '\\u0061',
    '\\u0041',
    'A',
    '',
    '__proto__',
    '\\u005f_proto__',
    'constructor',
    '0',
    '1',
    '01',
    '\\"',
    '\\\\',
    '\\\\\\"',
    ':',
    ',',
    '{',
    '}',
    '\\/',
    '/',
    '\\ud83d\\ude00',
    '\u{1f600}',
    '\\ud83d',
  )
  const space = fc.constantFrom('', ' ', '\n', '\t', '\r\n')
  const { json } = fc.letrec<{ json: string; object: string; array: string }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(
        '1',
        '-0',
        '1e400',
        'null',
        'true',
        '"a"',
        '"a:"',
        '"\\"a\\":"',
        '"__proto__"',
        '"',
        '1,',
      ),
      tie('object'),
      tie('array'),
    ),
    object: fc
      .array(fc.tuple(space, keys, space, tie('json')), { maxLength: 4 })
      .map(
        (pairs) => `{${pairs.map(([a, key, b, value]) => `${a}"${key}"${b}:${a}${value}${b}`).join(',')}}`,
      ),
    array: fc.array(tie('json'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  }))
  const outcome = (text: string) => {
    try {
      return { value: parse(text) }
    } catch (error) {
      if (!(error instanceof WaybillError)) throw error
      // What JSON.parse says quotes the text, and the two differ in their ends.
      return { refused: error.message.replace(/^(Not JSON).*/s, '$1') }
    }
  }

  test('short and long texts are read alike: the fast way accepts nothing that the strict one refuses', () => {
    let accepted = 0
    fc.assert(
      fc.property(json, (text) => {
        const short = outcome(text)
        assert.deepEqual(short, outcome(text + ' '.repeat(64 * 1024)))
        if ('value' in short) accepted++
      }),
      { numRuns: 1500 },
    )
    assert.ok(accepted > 150, String(accepted))
  })

  test('a key with an escape is read as it is, whatever was read before (V8 13.6 takes it for an earlier one)', () => {
    const same = (text: string, value: unknown) => {
      for (const filler of ['', ' '.repeat(64 * 1024)]) assert.deepEqual(parse(text + filler), value)
    }
    for (const [poison, text, value] of [
      ['{"a":1,"\\\\":1}', '{"a":1,"\\u0041":1}', { a: 1, A: 1 }],
      ['{"a":1,"\\\\":1}', '{"a":1,"\\n":1}', { a: 1, '\n': 1 }],
      ['{"b":1,"\\\\u0072":1}', '{"b":1,"\\u0072esult":"FAILED"}', { b: 1, result: 'FAILED' }],
      ['{"c":1,"\\\\\\"":1}', '{"c":1,"\\"x":[{},-1.5e2,null,"\\\\",{"__proto__":1}]}', undefined],
    ] as const) {
      for (let times = 0; times < 4; times++) parse(poison)
      same(text, value ?? { c: 1, '"x': [{}, -150, null, '\\', JSON.parse('{"__proto__":1}')] })
    }
    for (let times = 0; times < 4; times++) parse('{"result":"PASSED","\\\\u0072":1}')
    assert.throws(() => parse('{"result":"PASSED","\\u0072esult":"FAILED"}'), /twice in one object/)
  })

  for (const text of [
    '{"\\u0061":}',
    '{"\\u0061":1,}',
    '{"\\u0061" 1}',
    '{"\\u0061":1}x',
    '{"\\u0061":01}',
    '{"\\u0061":[1 2]}',
    '{"\\u0061":{1:2}}',
    '{"\\u0061":"\n"}',
    '{"\\u0061":1',
  ])
    test(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parse(text), { code: 'JSON_INVALID' }))

  test('where short texts end: one character before and after it nothing differs', () => {
    for (const length of [64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1]) {
      const filled = (text: string) => text.replace('#', 'x'.repeat(length - text.length + 1))
      assert.deepEqual(Object.keys(parse(filled('{"a":"#","__proto__":{"b":1}}')) as object), [
        'a',
        '__proto__',
      ])
      for (const twice of ['{"a":"#","\\u0061":1}', '{"#":{"b":1,"b":1}}', '[{"a":"#"},{"a":1,"a":1}]'])
        assert.throws(() => parse(filled(twice)), /twice in one object/)
    }
  })

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
