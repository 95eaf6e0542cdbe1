import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFailure } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import { addKey, removeKey, replaceKey, setScalar } from './yaml-edit.ts'

const at = (...path: (string | number)[]) => ({ document: 0, path })
const file = (text: string) => ({ path: 'f.yaml', text })
const D = `sha256:${'a'.repeat(64)}`

describe('setScalar changes the scalar and nothing else', () => {
  const cases: [name: string, before: string, path: (string | number)[], value: string, after: string][] = [
    ['plain', 'a: b\n', ['a'], 'c', 'a: c\n'],
    ['comment behind', 'a: b   # why\n', ['a'], 'c', 'a: c   # why\n'],
    ['single quotes stay', "a: 'b' # x\n", ['a'], 'c', "a: 'c' # x\n"],
    ['double quotes stay', 'a: "b"\n', ['a'], D, `a: "${D}"\n`],
    ['a number-like tag gets quotes', 'a: 1.2\n', ['a'], '1.10', 'a: "1.10"\n'],
    ['a version gets quotes', 'a: v1\n', ['a'], '1.4.0', 'a: "1.4.0"\n'],
    ['a YAML 1.1 boolean gets quotes', 'a: b\n', ['a'], 'on', 'a: "on"\n'],
    ['a float-like word gets quotes', 'a: b\n', ['a'], '1e5', 'a: "1e5"\n'],
    ['a digest is safe plain', 'a: x\n', ['a'], D, `a: ${D}\n`],
    ['CRLF', 'a: b\r\nc: d\r\n', ['a'], 'x', 'a: x\r\nc: d\r\n'],
    ['byte order mark', '\uFEFFa: b\nc: d\n', ['a'], 'x', '\uFEFFa: x\nc: d\n'],
    ['no final line break', 'c: d\na: b', ['a'], 'x', 'c: d\na: x'],
    ['flow map', '{ a: b, c: [d, e] }\n', ['c', 1], 'x', '{ a: b, c: [d, x] }\n'],
    ['anchor without alias', 'a: &n b\n', ['a'], 'x', 'a: &n x\n'],
    ['tag', 'a: !!str b\n', ['a'], 'x', 'a: !!str x\n'],
    ['emoji before', '# 🚀\n"🚀": 1\na: b\n', ['a'], 'x', '# 🚀\n"🚀": 1\na: x\n'],
    ['empty value', 'a:\nc: d\n', ['a'], 'x', 'a: x\nc: d\n'],
    ['empty value before a comment', 'a: # set by ci\nc: d\n', ['a'], 'x', 'a: x # set by ci\nc: d\n'],
    ['empty value before CRLF', 'a:\r\nc: d\r\n', ['a'], 'x', 'a: x\r\nc: d\r\n'],
    ['empty value at the end', 'a:', ['a'], 'x', 'a: x'],
    ['null', 'a: ~\n', ['a'], 'x', 'a: x\n'],
    ['block scalar', 'a: >-\n  long\n  text\nc: d\n', ['a'], 'x', 'a: x\nc: d\n'],
    ['plain over two lines', 'a: one\n  two\nc: d\n', ['a'], 'x', 'a: x\nc: d\n'],
    ['JSON', '{"a":"b","c":1}', ['a'], 'x', '{"a":"x","c":1}'],
    ['the same value', 'a: "b"\n', ['a'], 'b', 'a: "b"\n'],
    ['alias elsewhere', 'x: &n 1\ny: *n\na: b\n', ['a'], 'c', 'x: &n 1\ny: *n\na: c\n'],
  ]
  for (const [name, before, path, value, after] of cases)
    it(name, () => assert.equal(setScalar(file(before), at(...path), value).text, after))

  it('reaches a later document', () => {
    const text = '--- # one\na: b\n...\n---\na: b # two\n'
    assert.equal(
      setScalar(file(text), { document: 1, path: ['a'] }, 'x').text,
      text.replace('b # two', 'x # two'),
    )
  })
})

describe('keys', () => {
  const added = (text: string, path: (string | number)[], after: string) =>
    addKey(file(text), at(...path), { key: 'new', value: 'v', after }).text
  const cases: [name: string, found: string, expected: string][] = [
    ['block map', added('- a: b # c\n  d: e\n', [0], 'a'), '- a: b # c\n  new: v\n  d: e\n'],
    ['only key after a dash', added('- a: b\n- c\n', [0], 'a'), '- a: b\n  new: v\n- c\n'],
    ['no final line break', added('x:\n    a: b', ['x'], 'a'), 'x:\n    a: b\n    new: v'],
    ['CRLF', added('a: b\r\nc: d\r\n', [], 'a'), 'a: b\r\nnew: v\r\nc: d\r\n'],
    ['byte order mark', added('\uFEFFa: b\n', [], 'a'), '\uFEFFa: b\nnew: v\n'],
    ['flow map', added('x: { a: b, c: d }\n', ['x'], 'a'), 'x: { a: b, new: v, c: d }\n'],
    ['JSON', added('{"a":"b"}', [], 'a'), '{"a":"b", "new": "v"}'],
    ['after an empty value', added('a:\nc: d\n', [], 'a'), 'a:\nnew: v\nc: d\n'],
    ['after a block scalar', added('a: |\n  x\nc: d\n', [], 'a'), 'a: |\n  x\nnew: v\nc: d\n'],
    ['remove', removeKey(file('- a: b\n  c: d # x\n  e: f\n'), at(0, 'c')).text, '- a: b\n  e: f\n'],
    ['remove the first after a dash', removeKey(file('- a: b # x\n  c: d\n'), at(0, 'a')).text, '- c: d\n'],
    [
      'remove the first, comment next',
      removeKey(file('- a: b\n  # x\n  c: d\n'), at(0, 'a')).text,
      '- # x\n  c: d\n',
    ],
    ['remove the last, no line break', removeKey(file('a: b\nc: d'), at('c')).text, 'a: b'],
    ['remove with CRLF', removeKey(file('a: b\r\nc: d\r\ne: f\r\n'), at('c')).text, 'a: b\r\ne: f\r\n'],
    ['remove in a flow map', removeKey(file('{ a: b, c: d, e: f }'), at('c')).text, '{ a: b, e: f }'],
    ['remove last in a flow map', removeKey(file('{ a: b, c: d }'), at('c')).text, '{ a: b }'],
    ['replace', replaceKey(file('- a: b # x\n  c: d\n'), at(0, 'a'), 'z', 'w').text, '- z: w # x\n  c: d\n'],
    ['replace an empty one', replaceKey(file('a:\nc: d\n'), at('a'), 'z', 'w').text, 'z: w\nc: d\n'],
    ['replace in JSON', replaceKey(file('{"a":"b"}'), at('a'), 'z', 'w').text, '{"z": "w"}'],
  ]
  for (const [name, found, expected] of cases) it(name, () => assert.equal(found, expected))
})

describe('refuses', () => {
  const cases: [name: string, text: string, path: (string | number)[], code: keyof typeof deliveryErrors][] =
    [
      ['an alias', 'x: &n b\na: *n\n', ['a'], 'ALIAS_SHARED'],
      ['an anchor with aliases', 'a: &n b\nx: *n\n', ['a'], 'ALIAS_SHARED'],
      ['a map shared by an alias', 'm: &n { a: b }\nx: *n\n', ['m', 'a'], 'ALIAS_SHARED'],
      ['a merge key', 'm: &n { a: b }\nx:\n  <<: *n\n  a: c\n', ['x', 'a'], 'ALIAS_SHARED'],
      ['a map', 'a: { b: c }\n', ['a'], 'LOCATOR_NOT_FOUND'],
      ['nothing', 'a: b\n', ['c'], 'LOCATOR_NOT_FOUND'],
      ['a duplicate key', 'a: b\na: c\n', ['a'], 'DUPLICATE_KEY'],
      ['broken YAML', 'a: [b\n', ['a'], 'YAML_INVALID'],
      ['a template', '{{- if .Values.x }}\na: b\n{{- end }}\n', ['a'], 'TEMPLATE_FILE'],
      ['a key that YAML 1.1 reads as a boolean', 'on: { a: b }\n', ['on', 'a'], 'YAML_UNEDITABLE'],
      ['an encrypted file', 'a: b\nsops:\n  mac: ENC[x]\n', ['a'], 'FILE_ENCRYPTED'],
    ]
  for (const [name, text, path, code] of cases)
    it(name, () =>
      assert.throws(
        () => setScalar(file(text), at(...path), 'v'),
        (error) => isFailure(error, deliveryErrors[code]),
      ),
    )

  it('an alias bomb, quickly', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`)
    const text = ['a0: &a0 [x]', ...lines, 'z: b', ''].join('\n')
    assert.throws(
      () => setScalar(file(text), at('z'), 'v'),
      (error) => isFailure(error, deliveryErrors.YAML_UNEDITABLE),
    )
  })

  it('deep nesting', () => {
    const text = `${'['.repeat(50_000)}\n`
    assert.throws(
      () => setScalar(file(text), at('z'), 'v'),
      (error) => isFailure(error, deliveryErrors.YAML_INVALID),
    )
  })
})
