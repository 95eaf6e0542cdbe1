import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '../../src/base/index.ts'
import { digestOf, formatReference, ociErrors, parseReference, parseRepository } from '../../src/oci/index.ts'
import { originOf, repositoryUrl } from '../../src/registry/http/origin.ts'

const none = new Set<string>()
const host = fc.constantFrom(
  'r.example',
  'r.example:5000',
  'localhost:5000',
  '127.0.0.1:1',
  '[::1]:5000',
  'localhost',
)
const part = fc.stringMatching(/^[a-z0-9]{1,6}([._-][a-z0-9]{1,6})?$/)
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/)

describe('test/flow/registry-references: what is typed becomes one address', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['nginx', 'https://registry-1.docker.io/v2/library/nginx/x'],
    ['docker.io/nginx', 'https://registry-1.docker.io/v2/library/nginx/x'],
    ['index.docker.io/team/app', 'https://registry-1.docker.io/v2/team/app/x'],
    ['team/app', 'https://registry-1.docker.io/v2/team/app/x'],
    ['localhost/app', 'http://localhost/v2/app/x'],
    ['127.0.0.1:5000/a/b', 'http://127.0.0.1:5000/v2/a/b/x'],
    ['[::1]:5000/a', 'http://[::1]:5000/v2/a/x'],
    ['R.Example/a', 'https://r.example/v2/a/x'],
    ['r.example:443/a', 'https://r.example/v2/a/x'],
  ]
  for (const [text, expected] of cases)
    it(text, () => {
      const repository = parseRepository(text)
      assert.equal(repositoryUrl(originOf(repository.registry, none), repository, 'x').href, expected)
    })

  it('a digest cut short is not a repository named sha256', () => {
    assert.throws(() => parseReference('sha256:123'), /begins as a digest and is none/)
  })

  it('reads back what it writes', () => {
    const suffix = fc.oneof(
      tag.map((name) => `:${name}`),
      fc.string().map((text) => `@${digestOf(text)}`),
    )
    fc.assert(
      fc.property(host, path, suffix, (registry, name, end) => {
        assert.equal(
          formatReference(parseReference(`${registry}/${name}${end}`)),
          `${registry}/${name}${end}`,
        )
      }),
    )
  })

  it('whatever is typed is refused with a code or stays below its own host and repository', () => {
    const near = fc.stringMatching(/^[a-zA-Z0-9./:@_%?#\\ [\]-]{0,40}$/)
    fc.assert(
      fc.property(
        fc.oneof(
          near,
          fc.string(),
          fc.tuple(host, near).map((both) => both.join('/')),
        ),
        (text) => {
          try {
            const repository = parseReference(text)
            const origin = originOf(repository.registry, none)
            const url = repositoryUrl(origin, repository, 'manifests/x')
            assert.equal(url.origin, origin)
            assert.equal(url.pathname, `/v2/${repository.name}/manifests/x`)
          } catch (error) {
            assert.ok(isFailure(error, ociErrors.REFERENCE_INVALID), String(error))
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
