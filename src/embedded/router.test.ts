import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { digestOf } from '../oci/index.ts'
import { Refusal } from './answer.ts'
import { routeOf } from './router.ts'

const digest = digestOf('x')

describe('routeOf', () => {
  const cases: readonly [string, unknown][] = [
    ['/v2/', { kind: 'base' }],
    ['/v2', { kind: 'base' }],
    ['/v2/_catalog', { kind: 'catalog' }],
    ['/v2/a/b/tags/list', { kind: 'tags', name: 'a/b' }],
    ['/v2/a/manifests/v1', { kind: 'manifest', name: 'a', target: { kind: 'tag', tag: 'v1' } }],
    ['/v2/a/manifests/-no', { kind: 'manifest', name: 'a', target: undefined }],
    [`/v2/a/manifests/${digest}`, { kind: 'manifest', name: 'a', target: { kind: 'digest', digest } }],
    [`/v2/a/blobs/${encodeURIComponent(digest)}`, { kind: 'blob', name: 'a', digest }],
    [`/v2/a/referrers/${digest}`, { kind: 'referrers', name: 'a', digest }],
    ['/v2/a/blobs/uploads/', { kind: 'uploads', name: 'a' }],
    ['/v2/a/blobs/uploads', { kind: 'uploads', name: 'a' }],
    ['/v2/a/blobs/uploads/id', { kind: 'upload', name: 'a', id: 'id' }],
    ['/v2/blobs/uploads/blobs/uploads/id', { kind: 'upload', name: 'blobs/uploads', id: 'id' }],
  ]
  for (const [path, expected] of cases)
    it(`reads ${path.slice(0, 40)}`, () => assert.deepEqual(routeOf(path), expected))

  it('gives names only to what follows the grammar, and otherwise refuses with 400 or 404', () => {
    const path = fc.array(
      fc.constantFrom(
        'v2',
        'a',
        '..',
        '.',
        '%2e%2e',
        '%2f',
        'A',
        '_tags',
        'blobs',
        'uploads',
        'manifests',
        'tags',
        'list',
        digest,
        '%00',
        '%',
        '',
      ),
      { maxLength: 7 },
    )
    fc.assert(
      fc.property(path, (parts) => {
        try {
          const route = routeOf(`/v2/${parts.join('/')}`)
          if ('name' in route) assert.match(route.name, /^[a-z0-9]+(?:[a-z0-9._/-]*[a-z0-9])?$/)
          if ('name' in route) assert.doesNotMatch(route.name, /\.\.|\/\/|\/[._-]/)
        } catch (error) {
          assert.ok(error instanceof Refusal && [400, 404].includes(error.status), String(error))
        }
      }),
      { numRuns: 500 },
    )
  })
})
