import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { placeOf, reachFrom } from './address-place.ts'
import { proxyFor } from './proxy-choice.ts'

describe('src/registry/http: where an address leads', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['127.0.0.1', 'loopback'],
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['fd00:ec2::254', 'link-local'],
    ['100.100.100.200', 'link-local'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12::1', 'private'],
    ['0.0.0.0', 'nowhere'],
    ['::', 'nowhere'],
    ['224.0.0.1', 'nowhere'],
    ['no address', 'nowhere'],
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
  ]
  for (const [address, place] of cases)
    it(`${address}: ${place}`, () => assert.equal(placeOf(address), place))

  it('a registry sends nobody further in than it is itself; a name at two places counts as the outer one', () => {
    assert.deepEqual(reachFrom(new Set(['public'])), ['public'])
    assert.deepEqual(reachFrom(new Set(['private'])), ['public', 'private'])
    assert.deepEqual(reachFrom(new Set(['loopback'])), ['public', 'private', 'loopback'])
    assert.deepEqual(reachFrom(new Set(['link-local'])), ['public', 'private', 'link-local'])
    assert.deepEqual(reachFrom(new Set(['public', 'loopback'])), ['public'])
  })
})

describe('src/registry/http: which proxy', () => {
  const proxies = { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'p:2' }
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['https://r.example/v2/', '', 'http://p:1'],
    ['http://r.example/v2/', '', 'http://p:2'],
    ['http://127.0.0.1:5000/v2/', '', undefined],
    ['http://localhost:5000/v2/', '', undefined],
    ['https://r.example/', 'r.example', undefined],
    ['https://r.example/', 'R.EXAMPLE', undefined],
    ['https://a.r.example/', 'r.example', undefined],
    ['https://a.r.example/', '.r.example', undefined],
    ['https://a.r.example/', '*.r.example', undefined],
    ['https://ar.example/', 'r.example', 'http://p:1'],
    ['https://r.example:5000/', 'r.example:5000', undefined],
    ['https://r.example:5001/', 'r.example:5000', 'http://p:1'],
    ['https://r.example/', 'r.example:443', undefined],
    ['https://10.1.2.3/', 'a, 10.0.0.0/8', undefined],
    ['https://11.1.2.3/', '10.0.0.0/8', 'http://p:1'],
    ['https://[fd00::1]/', 'fd00::/8', undefined],
    ['https://[fd00::1]/', 'fd00::1', undefined],
    ['https://r.example/', '10.0.0.0/8 *', undefined],
    ['https://10.0.0.1/', '10.0.0.0/99', 'http://p:1'],
  ]
  for (const [url, NO_PROXY, expected] of cases)
    it(`${url} with NO_PROXY=${NO_PROXY}`, () =>
      assert.equal(proxyFor(new URL(url), { ...proxies, NO_PROXY }), expected))

  it('small letters come first; without variables there is none', () => {
    assert.equal(
      proxyFor(new URL('https://r.example'), { ...proxies, https_proxy: 'http://q:3' }),
      'http://q:3',
    )
    assert.equal(proxyFor(new URL('https://r.example'), {}), undefined)
  })
})
