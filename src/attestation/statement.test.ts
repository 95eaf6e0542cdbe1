import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { WaybillError } from '../base/index.ts'
import { digestOf } from '../oci/index.ts'
import {
  isAbout,
  makeStatement,
  parseStatement,
  predicateName,
  predicateTypes,
  predicateUri,
  readPredicate,
  testResult,
} from './index.ts'

const IMAGE = digestOf('image')
const CHILD = digestOf('child')
const good = makeStatement([IMAGE, CHILD], predicateTypes.pass, { a: 1 })
const parse = (value: unknown) => parseStatement(Buffer.from(JSON.stringify(value)), 'payload')

function refused(code: string, about: RegExp) {
  return (error: unknown) =>
    error instanceof WaybillError &&
    error.code === code &&
    error.where === 'payload' &&
    about.test(error.message)
}

type Json = Record<string | number, unknown>

function set(json: object, path: readonly (string | number)[], value: unknown): unknown {
  let at = json as Json
  for (const key of path.slice(0, -1)) at = at[key] as Json
  Object.defineProperty(at, path.at(-1) ?? '', {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
  return json
}

function isEntry(json: unknown): json is { subject: Json[] } {
  const { subject } = json as { subject?: unknown }
  return Array.isArray(subject) && subject.length === 2
}

/** What comes of it, without the annotations that were added to change the way. */
function outcome(json: unknown): string {
  try {
    const { subject, ...rest } = parse(json)
    const entries = subject.map(({ annotations: _annotations, ...entry }) => entry)
    return JSON.stringify([entries.map(sorted), sorted(rest)])
  } catch (error) {
    assert.ok(error instanceof WaybillError)
    return error.code
  }
}

function sorted(json: object): object {
  return Object.fromEntries(Object.entries(json).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

suite('src/attestation/statement', () => {
  test('the form nearly all statements have is read as the schema reads it', () => {
    const values = [
      undefined,
      null,
      '',
      'ab',
      'abc',
      'x',
      1,
      [],
      {},
      { sha256: 'ab' },
      { sha256: 'zz' },
      ['ab'],
    ]
    const places = [['_type'], ['subject'], ['predicateType'], ['predicate'], ['x'], ['subject', 0]]
    const below = ['digest', 'name', 'x'].map((key) => ['subject', 0, key])
    const deep = [
      ['subject', 0, 'digest', 'sha256'],
      ['subject', 0, 'digest', '__proto__'],
      ['predicate', '__proto__'],
    ]
    for (const path of [...places, ...below, ...deep]) {
      for (const value of values) {
        const changed = set(structuredClone(good), path, value)
        // An empty list of annotations changes nothing but the way it is read.
        const byTheSchema = structuredClone(changed)
        if (isEntry(byTheSchema)) byTheSchema.subject[1]!.annotations = {}
        const [one, other] = [outcome(changed), outcome(byTheSchema)]
        assert.equal(one, other, `${path.join('.')} = ${JSON.stringify(value)}`)
      }
    }
  })

  test('what is made is read back the same', () => assert.deepEqual(parse(good), good))

  test('subjects are digests only: no name that would be false after a promotion', () => {
    assert.deepEqual(good.subject, [
      { digest: { sha256: IMAGE.slice(7) } },
      { digest: { sha256: CHILD.slice(7) } },
    ])
  })

  test('it is about every subject, and about nothing else', () => {
    assert.ok(isAbout(good, IMAGE) && isAbout(good, CHILD))
    assert.ok(!isAbout(good, digestOf('other')))
    assert.ok(!isAbout(good, digestOf('image', 'sha512')))
  })

  test('Statement v0.1 is read, a missing predicate is empty', () => {
    const { predicate: _, ...rest } = good
    assert.deepEqual(parse({ ...rest, _type: 'https://in-toto.io/Statement/v0.1' }).predicate, {})
  })

  const subject = good.subject[0]!
  const refusals: readonly (readonly [string, unknown, RegExp])[] = [
    ['an unknown field', { ...good, x: 1 }, /"x"/],
    ['an unknown field in a subject', { ...good, subject: [{ ...subject, x: 1 }] }, /subject\.0.*"x"/],
    ['another type', { ...good, _type: 'https://in-toto.io/Statement/v2' }, /_type/],
    ['no subject', { ...good, subject: [] }, /subject/],
    ['a subject without digest', { ...good, subject: [{ name: 'a' }] }, /digest/],
    ['a digest that is not hex', { ...good, subject: [subject, { digest: { x: 'zz' } }] }, /hex/],
    ['half a byte', { ...good, subject: [{ digest: { x: 'abc' } }] }, /hex/],
    ['1025 subjects', { ...good, subject: Array.from({ length: 1025 }, () => subject) }, /1024/],
    [
      '33 digests',
      {
        ...good,
        subject: [{ digest: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`a${i}`, 'aa'])) }],
      },
      /32/,
    ],
    ['an empty predicate type', { ...good, predicateType: '' }, /predicateType/],
    ['a predicate that is a list', { ...good, predicate: [] }, /predicate/],
    ['no object', 'statement', /top level/],
  ]
  for (const [name, value, about] of refusals) {
    test(`refuses ${name}`, () => assert.throws(() => parse(value), refused('STATEMENT_INVALID', about)))
  }

  test('refuses duplicate keys', () => {
    const text = JSON.stringify(good).replace('{', '{"predicateType":"x",')
    assert.throws(() => parseStatement(Buffer.from(text), 'payload'), refused('JSON_INVALID', /twice/))
  })

  test('a predicate is read through its own schema', () => {
    const tests = { result: 'PASSED', configuration: [{ name: 'unit' }] }
    const read = (predicate: object) =>
      readPredicate(testResult, makeStatement([IMAGE], predicateTypes['test-result'], predicate), 'payload')
    assert.deepEqual(read(tests), tests)
    assert.throws(
      () => read({ ...tests, result: 'passed' }),
      refused('STATEMENT_INVALID', /test-result.*result/),
    )
    assert.throws(() => read({ ...tests, configuration: [] }), refused('STATEMENT_INVALID', /configuration/))
  })
})

suite('src/attestation/predicate-types', () => {
  test('short names and URIs', () => {
    assert.equal(predicateUri('provenance'), 'https://slsa.dev/provenance/v1')
    assert.equal(predicateUri('https://example.com/x/v1'), 'https://example.com/x/v1')
    assert.equal(predicateName('https://slsa.dev/provenance/v1'), 'provenance')
    assert.equal(predicateName('https://example.com/x/v1'), 'https://example.com/x/v1')
  })

  for (const name of ['provenence', 'toString', '__proto__', 'constructor', '']) {
    test(`"${name}" is no predicate type`, () => assert.equal(predicateUri(name), undefined))
  }
})
