import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { WaybillError } from '../base/index.ts'
import { formatReference, formatRepository, parseReference, parseRepository } from './reference.ts'
import type { ImageReference } from './reference.ts'
import { cpuTime } from '../../test/support/cpu-time.ts'

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/)
const host = fc.oneof(
  fc
    .tuple(label, fc.array(label, { minLength: 1, maxLength: 3 }))
    .map(([first, rest]) => [first, ...rest].join('.')),
  fc.tuple(label, fc.integer({ min: 1, max: 65_535 })).map(([name, port]) => `${name}:${port}`),
  fc.constantFrom('localhost', '127.0.0.1:5000', '[::1]:5000', 'docker.io'),
)
const component = fc.stringMatching(/^[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}$/)
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,40}$/)
const digest = fc.oneof(
  fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
  fc.stringMatching(/^[0-9a-f]{128}$/).map((hex) => `sha512:${hex}`),
)

/** What parsing gives, or REFERENCE_INVALID; any other error fails the test. */
function parsed(text: string): ImageReference | undefined {
  try {
    return parseReference(text)
  } catch (error) {
    assert.ok(error instanceof WaybillError, String(error))
    assert.equal(error.code, 'REFERENCE_INVALID')
    return undefined
  }
}

describe('src/oci/reference', () => {
  it('reads back what it writes', () => {
    const suffix = fc.oneof(
      tag.map((text) => `:${text}`),
      digest.map((text) => `@${text}`),
    )
    fc.assert(
      fc.property(host, path, suffix, (registry, name, end) => {
        const reference = parseReference(`${registry}/${name}${end}`)
        assert.equal(reference.registry, registry)
        assert.deepEqual(parseReference(formatReference(reference)), reference)
        assert.deepEqual(parseRepository(formatRepository(reference)), {
          registry: reference.registry,
          name: reference.name,
        })
      }),
    )
  })

  it('short forms are Docker Hub’s, and the digest wins over a tag', () => {
    fc.assert(
      fc.property(component, tag, digest, (name, label, hash) => {
        fc.pre(!/[.:]/.test(name) && name !== 'localhost')
        const short = parseReference(name)
        assert.deepEqual(short, { registry: 'docker.io', name: `library/${name}`, tag: 'latest' })
        const both = parseReference(`r.example/${name}:${label}@${hash}`)
        assert.deepEqual(both, { registry: 'r.example', name, digest: hash })
      }),
    )
  })

  it('whatever comes in: a reference that reads back as itself, or REFERENCE_INVALID', () => {
    const near = fc.stringMatching(/^[a-zA-Z0-9._\-/:@[\]%?#\\ ]{0,60}$/)
    const spoilt = fc
      .tuple(host, path, fc.string({ maxLength: 3 }), fc.nat(40))
      .map(([registry, name, junk, at]) => {
        const text = `${registry}/${name}:v1`
        return text.slice(0, at) + junk + text.slice(at)
      })
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), near, spoilt), (text) => {
        const reference = parsed(text)
        if (reference) assert.deepEqual(parseReference(formatReference(reference)), reference)
      }),
      { numRuns: 1000 },
    )
  })

  const hostile = [
    'Host/app:v1',
    'r.example/../../etc/passwd',
    'r.example/app/../admin:v1',
    'r.example//app',
    'r.example/app%2f..:v1',
    'r.example/app?x=1',
    'r.example/app#x',
    'user:password@r.example/app',
    'https://user:password@r.example/app',
    'r.example@evil.example/app',
    'r.example\\evil.example/app',
    'r.example:99999999/app',
    'r.example:/app',
    'r.example/app:v1\r\nx: y',
    'r.example/app\u0000:v1',
    'r.example/app:',
    'r.example/app@sha256:abc',
    `r.example/app@sha256:${'A'.repeat(64)}`,
    'r.examp\u0142e/app',
    `r.example/${'a'.repeat(256)}`,
    '',
    '/',
    ':',
    '@',
  ]
  for (const text of hostile)
    it(`${JSON.stringify(text).slice(0, 60)} is no reference`, () => {
      assert.equal(parsed(text), undefined)
      assert.throws(
        () => parseReference(text),
        (error: Error) => !error.message.includes('password'),
      )
    })

  it('is read in linear time', () => {
    const started = cpuTime()
    for (const piece of ['a', 'a.', 'a-', 'a_', '__', '-', 'a/', '[:', ':', '@'])
      parsed(`r.example/${piece.repeat(100_000)}!`)
    assert.ok(cpuTime() - started < 2000)
  })
})
