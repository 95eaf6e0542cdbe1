import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAllDocuments } from 'yaml'
import { addKey, removeKey, setScalar } from './yaml-edit.ts'

// YAML as people write it: every style of scalar, comments, blank lines, nesting, flow, both line ends.
const key = fc.constantFrom('image', 'tag', 'digest', '"quoted"', "'single'", 'été', '🚀')
const scalar = fc.constantFrom(
  'v1',
  '1.30',
  '"x # y"',
  "'it''s'",
  'yes',
  '',
  '~',
  'a b',
  'registry:5000/x',
  '"\\u00e9"',
)
const comment = fc.constantFrom('', ' # note', '   # {"$imagepolicy": "a:b"}')

interface Line {
  readonly key: string
  readonly value: string
  readonly comment: string
  readonly blank: boolean
}
const line: fc.Arbitrary<Line> = fc.record({ key, value: scalar, comment, blank: fc.boolean() })

const document = fc.record({
  lines: fc.uniqueArray(line, { minLength: 1, maxLength: 6, selector: (one) => one.key }),
  holder: fc.constantFrom('map', 'list', 'flow'),
  eol: fc.constantFrom('\n', '\r\n'),
  bom: fc.boolean(),
  finalBreak: fc.boolean(),
  pick: fc.nat(),
})

function render({
  lines,
  holder,
  eol,
  bom,
  finalBreak,
}: {
  lines: Line[]
  holder: string
  eol: string
  bom: boolean
  finalBreak: boolean
}) {
  if (holder === 'flow') {
    const pairs = lines.map((one) => `${one.key}: ${one.value}`).join(', ')
    return `${bom ? '\uFEFF' : ''}before: 1${eol}held: [{ ${pairs} }]${finalBreak ? eol : ''}`
  }
  const body = lines.map((one, index) => {
    const lead = holder === 'list' && index === 0 ? '  - ' : '    '
    return `${one.blank && index > 0 ? eol : ''}${lead}${one.key}: ${one.value}${one.comment}`
  })
  const open = holder === 'list' ? 'held:' : 'held:\n  -'.replace('\n', eol)
  return `${bom ? '\uFEFF' : ''}# top${eol}${open}${eol}${body.join(eol)}${finalBreak ? eol : ''}`
}

const plainKey = (text: string) => text.replace(/^["']|["']$/g, '')
const values = fc.constantFrom(
  `sha256:${'0a'.repeat(32)}`,
  '1.4.0',
  'on',
  'registry.example.com/x',
  '',
  'we "said"',
  '0x1f',
)

test('a set scalar leaves every other character, and reads back as the string', () => {
  fc.assert(
    fc.property(document, values, (given, value) => {
      const text = render(given)
      const one = given.lines[given.pick % given.lines.length]!
      const spot = { document: 0, path: ['held', 0, plainKey(one.key)] }
      const edited = setScalar({ path: 'f', text }, spot, value).text
      const data = parseAllDocuments(edited)[0]!.toJS() as { held: Record<string, unknown>[] }
      assert.equal(data.held[0]![plainKey(one.key)], value)
      // What differs is one stretch, and it lies where the old scalar was.
      let start = 0
      while (start < text.length && text[start] === edited[start]) start++
      let end = 0
      while (end < Math.min(text.length, edited.length) - start && text.at(-1 - end) === edited.at(-1 - end))
        end++
      const keyEnd = text.indexOf(`${one.key}:`) + one.key.length + 1
      assert.ok(start >= keyEnd || start === text.length)
      assert.ok(text.length - end <= keyEnd + 1 + one.value.length)
    }),
    { numRuns: 400 },
  )
})

test('an added key and its removal give the same bytes back', () => {
  fc.assert(
    fc.property(document, values, (given, value) => {
      const text = render(given)
      const after = plainKey(given.lines[given.pick % given.lines.length]!.key)
      const map = { document: 0, path: ['held', 0] }
      const grown = addKey({ path: 'f', text }, map, { key: 'added', value, after })
      assert.equal(removeKey(grown, { document: 0, path: ['held', 0, 'added'] }).text, text)
    }),
    { numRuns: 300 },
  )
})
