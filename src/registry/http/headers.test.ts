import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { nextPage } from './link-header.ts'
import { isLoopback } from '../../base/index.ts'
import { isPlain, originOf } from './origin.ts'
import { parseRetryAfter } from './retry-after.ts'
import { cpuTime } from '../../../test/support/cpu-time.ts'

const base = new URL('http://127.0.0.1:5000/v2/app/tags/list?n=2')

describe('src/registry/http: Link', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['</v2/app/tags/list?last=b&n=2>; rel="next"', 'http://127.0.0.1:5000/v2/app/tags/list?last=b&n=2'],
    ['<list?last=b>;rel=next', 'http://127.0.0.1:5000/v2/app/tags/list?last=b'],
    ['</a>; rel="prev", </b>; rel="next"', 'http://127.0.0.1:5000/b'],
    ['</a>; title="x"; rel="last next"', 'http://127.0.0.1:5000/a'],
    ['</a>; rel="nextish"', undefined],
    ['</a>; rel="prev"', undefined],
    ['<http://127.0.0.1:5001/a>; rel="next"', undefined],
    ['<https://127.0.0.1:5000/a>; rel="next"', undefined],
    ['<//evil.example/a>; rel="next"', undefined],
    ['<http://user@127.0.0.1:5000/a>; rel="next"', undefined],
    ['<http://[>; rel="next"', undefined],
    ['', undefined],
  ]
  for (const [header, expected] of cases)
    it(JSON.stringify(header), () => assert.equal(nextPage(header, base)?.href, expected))

  it('never leaves the origin, whatever the header', () => {
    const near = fc.stringMatching(/^[<>;,="a-z:/@. ]*$/)
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          near,
          near.map((x) => `<${x}>; rel="next"`),
        ),
        (header) => {
          const url = nextPage(header, base)
          assert.ok(url === undefined || url.origin === base.origin)
        },
      ),
    )
  })

  it('is read in linear time', () => {
    const started = cpuTime()
    nextPage('<'.repeat(60_000), base)
    nextPage(`</a>${'; x'.repeat(30_000)}`, base)
    nextPage(`</a>; rel="${' next'.repeat(10_000)}`, base)
    assert.ok(cpuTime() - started < 2000)
  })
})

describe('src/registry/http: Retry-After', () => {
  const now = new Date('2026-01-02T03:04:05Z')
  const cases: readonly (readonly [string | undefined, number | undefined])[] = [
    ['7', 7000],
    [' 0 ', 0],
    ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000],
    ['Fri, 02 Jan 2026 03:04:00 GMT', 0],
    ['-5', undefined],
    ['soon', undefined],
    ['2026-01-02', undefined],
    ['99999999999', undefined],
    [undefined, undefined],
  ]
  for (const [header, expected] of cases)
    it(String(header), () => assert.equal(parseRetryAfter(header, now), expected))

  it('round-trips dates to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seconds) => {
        const date = new Date(now.getTime() + seconds * 1000)
        assert.equal(parseRetryAfter(date.toUTCString(), now), seconds * 1000)
      }),
    )
  })
})

describe('src/registry/http: origin', () => {
  const none = new Set<string>()
  for (const host of ['localhost', '127.0.0.1', '127.255.0.9', '[::1]'])
    it(`${host} is loopback`, () => {
      assert.equal(isLoopback(host), true)
      assert.equal(originOf(`${host}:5000`, none), `http://${host}:5000`)
    })
  for (const host of [
    'localhost.example',
    '127.0.0.1.example',
    '128.0.0.1',
    '127.1',
    '10.0.0.1',
    '[::2]',
    'r.example',
  ])
    it(`${host} is not`, () => assert.equal(isPlain(`${host}:5000`, none), false))

  for (const host of ['r.example:70000', '1.2.3.400', '127.0.0.300:5000'])
    it(`${host} is no host`, () => assert.throws(() => originOf(host, none), { code: 'REFERENCE_INVALID' }))

  it('Docker Hub has another API host; a listed host is plain, on that port only', () => {
    assert.equal(originOf('docker.io', none), 'https://registry-1.docker.io')
    const listed = new Set(['r.example:5000'])
    assert.equal(originOf('r.example:5000', listed), 'http://r.example:5000')
    assert.equal(originOf('r.example', listed), 'https://r.example')
    assert.equal(originOf('r.example:443', listed), 'https://r.example')
  })
})
