import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '../../src/oci/index.ts'
import { errorsOf, expectStatus, startRegistry } from '../support/embedded-registry.ts'
import type { RawRegistry } from '../support/embedded-registry.ts'

const users = new Map([['ann', 's3cret:with colon']])
const ANN = `Basic ${Buffer.from('ann:s3cret:with colon').toString('base64')}`
const WRONG = `Basic ${Buffer.from('ann:guess').toString('base64')}`
const NOBODY = `Basic ${Buffer.from('nobody:').toString('base64')}`

describe('embedded registry: basic auth', () => {
  it('lets in who knows the password and challenges everyone else', async (t) => {
    const registry = await startRegistry(t, { auth: { kind: 'basic', users } })
    for (const authorization of [undefined, WRONG, NOBODY, 'Basic !!', 'Bearer abc']) {
      registry.authorization = authorization
      for (const path of ['/v2/', '/v2/app/tags/list', '/v2/_catalog', '/v2/app/manifests/v1']) {
        const response = await registry.request('GET', path)
        await expectStatus(response, 401)
        assert.match(response.headers.get('www-authenticate')!, /^Basic realm="/)
        assert.equal((await errorsOf(response))[0]!.code, 'UNAUTHORIZED')
      }
    }
    registry.authorization = ANN
    await registry.pushImage('app', 'v1')
    await expectStatus(await registry.request('GET', '/token'), 404)
  })

  it('answers before it has read a large body, and the client can read that', async (t) => {
    const registry = await startRegistry(t, { auth: { kind: 'basic', users } })
    const body = new Uint8Array(24 * 1024 * 1024)
    const post = await registry.request('POST', `/v2/app/blobs/uploads/?digest=${digestOf(body)}`, {}, body)
    await expectStatus(post, 401)
  })

  it('lets anyone pull, and only users push, when told so', async (t) => {
    const registry = await startRegistry(t, { auth: { kind: 'basic', users, anonymousPull: true } })
    registry.authorization = ANN
    await registry.pushImage('app', 'v1')
    registry.authorization = undefined
    await expectStatus(await registry.request('GET', '/v2/app/manifests/v1'), 200)
    await expectStatus(await registry.request('POST', '/v2/app/blobs/uploads/'), 401)
    await expectStatus(await registry.request('DELETE', '/v2/app/manifests/v1'), 401)
    // The ping must challenge, or clients never learn how to log in.
    await expectStatus(await registry.request('GET', '/v2/'), 401)
  })
})

describe('embedded registry: bearer auth', () => {
  it('tells where to get a token and for what', async (t) => {
    const registry = await startRegistry(t, { auth: { kind: 'bearer', users } })
    const cases: readonly [string, string, string][] = [
      ['GET', '/v2/', ''],
      ['GET', '/v2/team/app/manifests/v1', ',scope="repository:team/app:pull"'],
      ['POST', '/v2/team/app/blobs/uploads/', ',scope="repository:team/app:pull,push"'],
      ['DELETE', '/v2/team/app/manifests/v1', ',scope="repository:team/app:delete"'],
      ['GET', '/v2/_catalog', ',scope="registry:catalog:*"'],
    ]
    for (const [method, path, scope] of cases) {
      const response = await registry.request(method, path)
      await expectStatus(response, 401)
      const expected = `Bearer realm="${registry.url}/token",service="${registry.address}"${scope}`
      assert.equal(response.headers.get('www-authenticate'), expected)
    }
  })

  it('sells tokens that open what they name and nothing else', async (t) => {
    const registry = await startRegistry(t, { auth: { kind: 'bearer', users } })
    await expectStatus(await registry.request('GET', '/token?scope=repository:app:pull'), 401)
    const path = '/token?scope=repository:app:pull,push&scope=repository:other:pull%20registry:catalog:*'
    await expectStatus(await registry.request('GET', path, { authorization: WRONG }), 401)
    registry.authorization = await token(registry, path)
    const image = await registry.pushImage('app', 'v1')
    await expectStatus(await registry.request('GET', '/v2/_catalog'), 200)
    await expectStatus(await registry.request('GET', '/v2/other/tags/list'), 404)
    const denied = await registry.request('DELETE', `/v2/app/manifests/${image.digest}`)
    await expectStatus(denied, 401)
    assert.match(denied.headers.get('www-authenticate')!, /error="insufficient_scope"$/)
    await expectStatus(await registry.request('POST', '/v2/other/blobs/uploads/'), 401)
    await expectStatus(await registry.request('GET', '/v2/third/tags/list'), 401)
  })

  it('sells tokens for a password form too', async (t) => {
    const registry = await startRegistry(t, { auth: { kind: 'bearer', users } })
    const form = {
      grant_type: 'password',
      username: 'ann',
      password: 's3cret:with colon',
      scope: 'repository:app:pull',
    }
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const post = (fields: Record<string, string>) =>
      registry.request('POST', '/token', type, new URLSearchParams(fields).toString())
    const sold = (await (await post(form)).json()) as { access_token: string }
    registry.authorization = `Bearer ${sold.access_token}`
    await expectStatus(await registry.request('GET', '/v2/app/tags/list'), 404)
    await expectStatus(await post({ ...form, password: 'guess' }), 401)
    await expectStatus(await post({ ...form, grant_type: 'refresh_token' }), 400)
  })

  it('refuses tokens that were changed, are from elsewhere or have expired', async (t) => {
    let now = new Date()
    const auth = { kind: 'bearer', users } as const
    const registry = await startRegistry(t, { auth, now: () => now })
    const elsewhere = await startRegistry(t, { auth })
    const path = '/token?scope=repository:app:pull'
    const good = await token(registry, path)
    const bad = [
      `${good}x`,
      good.replace('.', 'A.'),
      await token(elsewhere, path),
      'Bearer x',
      'Bearer ..',
      ANN,
    ]
    for (const authorization of bad) {
      await expectStatus(await registry.request('GET', '/v2/app/tags/list', { authorization }), 401)
    }
    await expectStatus(await registry.request('GET', '/v2/app/tags/list', { authorization: good }), 404)
    now = new Date(now.getTime() + 301_000)
    await expectStatus(await registry.request('GET', '/v2/app/tags/list', { authorization: good }), 401)
  })

  it('gives anonymous callers pull and no more', async (t) => {
    const registry = await startRegistry(t, { auth: { kind: 'bearer', users, anonymousPull: true } })
    registry.authorization = await token(registry, '/token?scope=repository:app:pull,push', '')
    await expectStatus(await registry.request('GET', '/v2/app/tags/list'), 404)
    await expectStatus(await registry.request('POST', '/v2/app/blobs/uploads/'), 401)
  })

  it('mounts only from repositories the token may pull, and does not tell what else exists', async (t) => {
    const registry = await startRegistry(t, { auth: { kind: 'bearer', users } })
    const digest = digestOf('secret')
    registry.authorization = await token(registry, '/token?scope=repository:private:pull,push')
    await registry.pushBlob('private', 'secret')
    registry.authorization = await token(registry, '/token?scope=repository:app:pull,push')
    for (const query of [`mount=${digest}&from=private`, `mount=${digest}`])
      await expectStatus(await registry.request('POST', `/v2/app/blobs/uploads/?${query}`), 202)
    const both = '/token?scope=repository:app:pull,push&scope=repository:private:pull'
    registry.authorization = await token(registry, both)
    const mounted = await registry.request('POST', `/v2/app/blobs/uploads/?mount=${digest}&from=private`)
    await expectStatus(mounted, 201)
  })

  it('advertises another token address when told so', async (t) => {
    const auth = { kind: 'bearer', users, realm: 'https://login.example.com/token' } as const
    const registry = await startRegistry(t, { auth })
    const response = await registry.request('GET', '/v2/')
    assert.match(response.headers.get('www-authenticate')!, /realm="https:\/\/login\.example\.com\/token"/)
  })
})

async function token(registry: RawRegistry, path: string, authorization: string = ANN): Promise<string> {
  const headers = authorization ? { authorization } : undefined
  const response = await fetch(new URL(path, registry.url), headers ? { headers } : {})
  await expectStatus(response, 200)
  const sold = (await response.json()) as { token: string; expires_in: number }
  assert.equal(sold.expires_in, 300)
  return `Bearer ${sold.token}`
}
