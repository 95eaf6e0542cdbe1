import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from '../http/exchange.ts'
import { Authorizer } from './authorizer.ts'
import type { Access, AuthorizerOptions } from './authorizer.ts'
import type { Challenge } from './challenge.ts'
import type { Credential } from './credentials.ts'
import type { Action, Scope } from './scope.ts'

const scope = (name: string, ...actions: Action[]): Scope => ({
  repository: { registry: 'r.example', name },
  actions,
})
const pull: Access = { needs: [scope('app', 'pull')], wants: [scope('app', 'pull')] }
const alice: Credential = { kind: 'basic', username: 'alice', password: 'secret' }
const bearer = (realm: string, more: Record<string, string> = {}): Challenge => ({
  scheme: 'bearer',
  parameters: { realm, service: 's', ...more },
})

interface Said {
  readonly status?: number
  readonly json?: unknown
  readonly date?: string
}

/** An authorizer whose token servers say what `answer` says; all that was sent is in `sent`. */
function authorizerWith(
  answer: (exchange: Exchange, count: number) => Said,
  more: Partial<AuthorizerOptions> = {},
) {
  const sent: Exchange[] = []
  const authorizer = new Authorizer({
    registry: new URL('https://r.example'),
    credentials: { credentialFor: () => Promise.resolve(alice) },
    plainHttp: new Set(),
    send: (exchange) => {
      sent.push(exchange)
      const { status = 200, json, date } = answer(exchange, sent.length)
      const body = (async function* () {
        yield Buffer.from(JSON.stringify(json ?? {}))
      })()
      const header = (name: string) => (name === 'date' ? date : undefined)
      return Promise.resolve({ status, url: exchange.url, body, header, headers: () => [] })
    },
    ...more,
  })
  return { authorizer, sent }
}

const token = (value: string, more: object = {}): Said => ({
  json: { token: value, expires_in: 300, ...more },
})

describe('src/registry/auth/authorizer: what is remembered', () => {
  it('a remembered challenge: the first request already carries a token', async () => {
    const { authorizer, sent } = authorizerWith(() => token('t'), {
      remembered: bearer('https://auth.example/token'),
    })
    assert.equal(await authorizer.header(pull), 'Bearer t')
    assert.equal(sent[0]?.url.host, 'auth.example')
  })

  it('only what is safe and lasting is told to be remembered, once', async () => {
    const told: Challenge[] = []
    const { authorizer } = authorizerWith(() => token('t'), { onChallenge: (one) => told.push(one) })
    const challenge = bearer('https://auth.example/token', { scope: 'repository:app:pull', error: 'x' })
    await authorizer.challenged(pull, [challenge], undefined)
    await authorizer.challenged(pull, [challenge], undefined)
    assert.deepEqual(told, [bearer('https://auth.example/token')])
  })

  for (const realm of ['http://auth.example/t', 'https://u:p@auth.example/t', 'nonsense'])
    it(`a memory of realm ${realm} is no memory`, async () => {
      const { authorizer, sent } = authorizerWith(() => token('t'), { remembered: bearer(realm) })
      assert.equal(await authorizer.header(pull), undefined)
      assert.equal(sent.length, 0)
    })

  it('a memory whose token server is gone is given up, and learned again', async () => {
    const { authorizer } = authorizerWith(
      ({ url }) => (url.pathname === '/old' ? { status: 502 } : token('t')),
      { remembered: bearer('https://auth.example/old') },
    )
    assert.equal(await authorizer.header(pull), undefined)
    const again = await authorizer.challenged(pull, [bearer('https://auth.example/new')], undefined)
    assert.equal(again, 'Bearer t')
  })

  it('a token server on another host than remembered gets no password, and is not remembered', async () => {
    const told: Challenge[] = []
    const { authorizer, sent } = authorizerWith(() => ({ status: 401 }), {
      remembered: bearer('https://auth.example/token'),
      onChallenge: (one) => told.push(one),
    })
    await authorizer.header(pull)
    const moved = [bearer('https://evil.example/token')]
    await assert.rejects(authorizer.challenged(pull, moved, undefined), { code: 'CREDENTIALS_FAILED' })
    await assert.rejects(
      authorizer.header(pull),
      /changed its token server from auth.example to evil.example/,
    )
    assert.ok(sent.every(({ url }) => url.host === 'auth.example'))
    assert.deepEqual(told, [])
  })

  it('it may move to the registry’s own host; and anywhere for callers without credentials', async () => {
    const options = { remembered: bearer('https://auth.example/token') }
    const own = authorizerWith(() => token('t'), options)
    const home = [bearer('https://r.example/token')]
    assert.equal(await own.authorizer.challenged(pull, home, undefined), 'Bearer t')
    const anonymous = authorizerWith(() => token('t'), { ...options, credentials: undefined })
    const far = [bearer('https://other.example/token')]
    assert.equal(await anonymous.authorizer.challenged(pull, far, undefined), 'Bearer t')
  })

  it('Basic is remembered too', async () => {
    const { authorizer } = authorizerWith(() => ({}), { remembered: { scheme: 'basic', parameters: {} } })
    assert.equal(await authorizer.header(pull), `Basic ${btoa('alice:secret')}`)
  })
})

describe('src/registry/auth/authorizer: tokens', () => {
  const challenge = [bearer('https://auth.example/token')]

  it('several schemes: the token server that is named, then Basic', async () => {
    const { authorizer } = authorizerWith(() => token('t'))
    const basic: Challenge = { scheme: 'basic', parameters: { realm: 'x' } }
    const negotiate: Challenge = { scheme: 'negotiate', parameters: {} }
    const nameless: Challenge = { scheme: 'bearer', parameters: {} }
    assert.equal(await authorizer.challenged(pull, [negotiate, basic, ...challenge], undefined), 'Bearer t')
    const other = authorizerWith(() => token('t')).authorizer
    assert.match((await other.challenged(pull, [nameless, basic], undefined)) ?? '', /^Basic /)
    assert.equal(
      await authorizerWith(() => ({})).authorizer.challenged(pull, [negotiate], undefined),
      undefined,
    )
  })

  it('is used until shortly before it expires, then fetched again', async () => {
    const { authorizer, sent } = authorizerWith((_, count) => token(`t${count}`, { expires_in: 0.2 }))
    assert.equal(await authorizer.challenged(pull, challenge, undefined), 'Bearer t1')
    await sleep(220)
    assert.equal(await authorizer.header(pull), 'Bearer t2')
    assert.equal(sent.length, 2)
  })

  it('its age counts by the server’s clock', async () => {
    const old = { issued_at: '2026-01-01T00:00:00Z', expires_in: 300 }
    const { authorizer, sent } = authorizerWith((_, count) => ({
      ...token(`t${count}`, old),
      date: 'Thu, 01 Jan 2026 00:10:00 GMT',
    }))
    assert.equal(await authorizer.challenged(pull, challenge, undefined), 'Bearer t1')
    await authorizer.header(pull)
    assert.equal(sent.length, 2)
  })

  it('without expires_in it lasts a minute; a token that could forge a header is none', async () => {
    const { authorizer, sent } = authorizerWith(() => ({ json: { access_token: 't' } }))
    await authorizer.challenged(pull, challenge, undefined)
    assert.equal(await authorizer.header(pull), 'Bearer t')
    assert.equal(sent.length, 1)
    const forged = authorizerWith(() => token('t\r\nx: y')).authorizer
    await assert.rejects(forged.challenged(pull, challenge, undefined), { code: 'REGISTRY_ANSWER_INVALID' })
  })

  it('a refresh token that the server gave is used in place of the password, while it works', async () => {
    const { authorizer, sent } = authorizerWith(({ method }, count) => {
      if (method === 'POST' && count > 2) return { status: 400 }
      return token(`t${count}`, { expires_in: 0.01, refresh_token: `r${count}` })
    })
    const seen: (string | undefined)[] = [await authorizer.challenged(pull, challenge, undefined)]
    for (let round = 0; round < 2; round++) {
      await sleep(20)
      seen.push(await authorizer.header(pull))
    }
    assert.deepEqual(seen, ['Bearer t1', 'Bearer t2', 'Bearer t4'])
    assert.deepEqual(
      sent.map(({ method }) => method),
      ['GET', 'POST', 'POST', 'GET'],
    )
    assert.match(String(sent[1]?.body), /refresh_token=r1/)
  })

  it('credentials that were refused are fetched anew, once', async () => {
    const asked: boolean[] = []
    const { authorizer } = authorizerWith(
      ({ headers }) =>
        headers.authorization === `Basic ${btoa('alice:new')}` ? token('t') : { status: 401 },
      {
        credentials: {
          credentialFor: (_, how) => {
            asked.push(how?.renew === true)
            return Promise.resolve({ ...alice, password: how?.renew ? 'new' : 'old' })
          },
        },
      },
    )
    assert.equal(await authorizer.challenged(pull, challenge, undefined), 'Bearer t')
    assert.deepEqual(asked.slice(-2), [false, true])
  })

  it('a wide token that is refused for what it says it allows is replaced by an exact one', async () => {
    const { authorizer, sent } = authorizerWith((_, count) => token(`t${count}`))
    const wide: Access = {
      needs: [scope('b', 'pull')],
      wants: [scope('a', 'pull', 'push'), scope('b', 'pull')],
    }
    assert.equal(await authorizer.challenged(wide, challenge, undefined), 'Bearer t1')
    assert.equal(await authorizer.challenged(wide, [], 'Bearer t1'), 'Bearer t2')
    assert.equal(await authorizer.challenged(wide, [], 'Bearer t2'), undefined, 'nothing better is left')
    const scopes = sent.map(({ url }) => url.searchParams.getAll('scope'))
    assert.deepEqual(scopes, [['repository:b:pull', 'repository:a:pull,push'], ['repository:b:pull']])
    assert.equal(await authorizer.header({ needs: [scope('a', 'pull')], wants: wide.wants }), 'Bearer t1')
  })
})
