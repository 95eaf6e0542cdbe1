import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { forged, issuerKey, jwt, loopbackIssuer } from '../../../test/support/oidc-issuer.ts'
import type { Algorithm, OidcIssuer } from '../../../test/support/oidc-issuer.ts'
import { rejection } from '../../../test/support/rejection.ts'
import { verifyToken } from './verify-token.ts'

const NOW = new Date('2026-11-27T12:00:00Z')
const SECONDS = NOW.getTime() / 1000
const claims = { sub: 'repo:contoso/ordersvc:ref:refs/heads/main', sha: 'a'.repeat(40) }

function verify(token: string, issuers: readonly string[], audience = 'waybill') {
  return verifyToken(token, { issuers, audience, now: NOW, signal: AbortSignal.timeout(10_000) })
}

async function refused(token: string, issuer: OidcIssuer, reason: RegExp) {
  const error = await rejection(verify(token, [issuer.issuer]))
  assert.equal(error.code, 'IDENTITY_INVALID')
  assert.equal(error.exit, 3)
  assert.match(error.message, reason)
  const [, body = ''] = token.split('.')
  const told = `${error.message} ${error.stack} ${JSON.stringify(error)}`
  assert.ok(body.length < 10 || !told.includes(body), 'the token is not shown')
}

async function notTold(token: string, issuer: OidcIssuer, reason: RegExp) {
  const error = await rejection(verify(token, [issuer.issuer]))
  assert.equal(error.code, 'IDENTITY_UNREACHABLE')
  assert.equal(error.exit, 1)
  assert.match(error.message, reason)
}

describe('verifyToken', () => {
  for (const algorithm of ['RS256', 'PS256', 'ES256', 'EdDSA'] satisfies Algorithm[])
    it(`takes ${algorithm}, with one request for the document and one for the keys`, async (t) => {
      const issuer = await loopbackIssuer(t)
      issuer.keys = [issuerKey(algorithm)]
      const found = await verify(issuer.token(claims, SECONDS), [issuer.issuer])
      assert.equal(found.issuer, issuer.issuer)
      assert.equal(found.subject, claims.sub)
      assert.equal(found.claims['sha'], claims.sha)
      assert.equal(issuer.seen.length, 2)
    })

  it('takes an issuer below a path, and the one of several that the token names', async (t) => {
    const issuer = await loopbackIssuer(t, '/org/1234', '/.well-known/jwks')
    const token = issuer.token(claims, SECONDS)
    const found = await verify(token, ['https://never.example', issuer.issuer])
    assert.equal(found.issuer, issuer.issuer)
  })

  it('takes a token of the new key and of the old one while both are published', async (t) => {
    const issuer = await loopbackIssuer(t)
    const old = issuer.token(claims, SECONDS)
    issuer.keys.push(issuerKey('ES256'))
    await verify(old, [issuer.issuer])
    await verify(issuer.token(claims, SECONDS), [issuer.issuer])
    issuer.keys.shift()
    await refused(old, issuer, /its issuer has no such key/)
  })

  it('bears a minute of difference between clocks, in both directions', async (t) => {
    const issuer = await loopbackIssuer(t)
    await verify(issuer.token({ ...claims, exp: SECONDS - 50 }, SECONDS - 400), [issuer.issuer])
    await verify(issuer.token({ ...claims, nbf: SECONDS + 50 }, SECONDS + 50), [issuer.issuer])
  })

  const wrong: readonly (readonly [string, object, RegExp])[] = [
    ['for another audience', { aud: 'sigstore' }, /for another audience/],
    ['for no audience', { aud: undefined }, /for another audience/],
    ['expired', { exp: SECONDS - 61 }, /has expired/],
    ['without an end', { exp: undefined }, /claim "exp"/],
    ['not valid yet', { nbf: SECONDS + 61 }, /not valid yet/],
    ['issued in the future', { iat: SECONDS + 61, nbf: undefined }, /issued in the future/],
    ['without a time of issue', { iat: undefined }, /claim "iat"/],
    ['without a subject', { sub: undefined }, /claim "sub"/],
    ['with an empty subject', { sub: '' }, /no subject/],
    ['with times that are text', { exp: `${SECONDS + 60}` }, /claim "exp"/],
  ]
  for (const [what, change, reason] of wrong)
    it(`refuses one ${what}`, async (t) => {
      const issuer = await loopbackIssuer(t)
      await refused(issuer.token({ ...claims, ...change }, SECONDS), issuer, reason)
    })

  it('asks nobody about a token of an issuer that is not expected', async (t) => {
    const [issuer, stranger] = [await loopbackIssuer(t), await loopbackIssuer(t)]
    await refused(stranger.token(claims, SECONDS), issuer, /its issuer is "http:/)
    for (const iss of [
      `${issuer.issuer}/`,
      issuer.issuer.toUpperCase(),
      `${issuer.issuer}/../`,
      undefined,
      7,
    ])
      await refused(issuer.token({ ...claims, iss }, SECONDS), issuer, /its issuer is/)
    assert.deepEqual([...issuer.seen, ...stranger.seen], [])
  })

  for (const kind of ['none', 'HS256'] as const)
    it(`refuses alg ${kind} before anybody is asked`, async (t) => {
      const issuer = await loopbackIssuer(t)
      const body = { ...claims, iss: issuer.issuer, aud: 'waybill', iat: SECONDS, exp: SECONDS + 60 }
      const [key = issuerKey()] = issuer.keys
      await refused(forged(kind, key, body), issuer, /signed with "(none|HS256)"/)
      assert.deepEqual(issuer.seen, [])
    })

  it('refuses a key that the token brings along, or that its issuer does not have', async (t) => {
    const issuer = await loopbackIssuer(t)
    const own = issuerKey()
    const body = { ...claims, iss: issuer.issuer, aud: 'waybill', iat: SECONDS, exp: SECONDS + 60 }
    const jwk = own.publicKey.export({ format: 'jwk' })
    await refused(jwt(own, body), issuer, /no such key/)
    await refused(jwt(own, body, { jwk, kid: issuer.keys[0]?.kid }), issuer, /signature is wrong/)
    await refused(jwt(own, body, { jku: 'https://evil.example/keys' }), issuer, /no such key/)
  })

  it('refuses a token that was changed, a key of another algorithm, and a key that is too short', async (t) => {
    const issuer = await loopbackIssuer(t)
    const [head, , signature] = issuer.token(claims, SECONDS).split('.')
    const [, body] = issuer.token({ ...claims, sha: 'b'.repeat(40) }, SECONDS).split('.')
    await refused([head, body, signature].join('.'), issuer, /signature is wrong/)
    const [key = issuerKey()] = issuer.keys
    const told = { ...claims, iss: issuer.issuer, aud: 'waybill', iat: SECONDS, exp: SECONDS + 60 }
    await refused(jwt(key, told, { alg: 'ES256' }), issuer, /no such key/)
    issuer.keys = [issuerKey('RS256', 1024)]
    await refused(issuer.token(claims, SECONDS), issuer, /malformed|signature/)
  })

  it('refuses what is no token', async (t) => {
    const issuer = await loopbackIssuer(t)
    for (const text of ['a.b.c', `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30.x`])
      await refused(text, issuer, /no JWT|its issuer is not named/)
    assert.deepEqual(issuer.seen, [])
  })

  it('follows no redirect and reads no endless answer', async (t) => {
    const issuer = await loopbackIssuer(t)
    const token = issuer.token(claims, SECONDS)
    issuer.instead = () => [302, '', { location: 'http://169.254.169.254/latest/meta-data' }]
    await notTold(token, issuer, /answered 302, and redirects are not followed/)
    issuer.instead = (address) => (address.endsWith('/keys') ? [200, ' '.repeat(5_000_000)] : undefined)
    await notTold(token, issuer, /gave more than 4194304 bytes/)
    issuer.instead = (address) =>
      address.endsWith('/keys')
        ? [200, { keys: Array.from({ length: 201 }, () => ({ kty: 'RSA' })) }]
        : undefined
    await notTold(token, issuer, /no key set, or one of more than 200 keys/)
    issuer.instead = (address) => (address.endsWith('/keys') ? [503, 'busy'] : undefined)
    await notTold(token, issuer, /answered 503/)
    issuer.instead = () => [200, []]
    await notTold(token, issuer, /JSON object/)
  })

  it('takes no document of another issuer, and keys of no other host', async (t) => {
    const [issuer, other] = [await loopbackIssuer(t), await loopbackIssuer(t)]
    const token = issuer.token(claims, SECONDS)
    const keys = `${issuer.issuer}/keys`
    issuer.instead = () => [200, { issuer: other.issuer, jwks_uri: keys }]
    await notTold(token, issuer, /describes the issuer/)
    for (const uri of [`${other.issuer}/keys`, 'file:///etc/passwd', 7, undefined]) {
      issuer.instead = () => [200, { issuer: issuer.issuer, jwks_uri: uri }]
      await notTold(token, issuer, /an address of its own/)
    }
    assert.deepEqual(other.seen, [])
  })

  it('asks over https only, but on this machine', async () => {
    const issuer = 'http://gitlab.example.com'
    const token = jwt(issuerKey(), { iss: issuer, ...claims })
    const error = await rejection(verify(token, [issuer]))
    assert.equal(error.code, 'IDENTITY_INVALID')
    assert.match(error.message, /only asked for over https/)
  })

  it('ends when it is told to while an issuer hangs', async (t) => {
    const issuer = await hangingIssuer(t)
    const token = jwt(issuerKey(), { iss: issuer, ...claims })
    const stop = new AbortController()
    const ended = verifyToken(token, {
      issuers: [issuer],
      audience: 'waybill',
      now: NOW,
      signal: stop.signal,
    })
    setTimeout(() => stop.abort(new Error('stopped')), 50)
    await assert.rejects(ended, /stopped/)
  })
})

async function hangingIssuer(t: TestContext): Promise<string> {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
