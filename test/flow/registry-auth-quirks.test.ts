import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WaybillError } from '../../src/base/index.ts'
import { copyClosure } from '../../src/registry/index.ts'
import type { Credential, CredentialSource, ImageStore } from '../../src/registry/index.ts'
import { putIndex, putReferrer } from '../support/images.ts'
import { labClient, repositoryAt, scriptedServer } from '../support/registries.ts'
import type { Cleanup, LabRegistry } from '../support/registries.ts'
import { quirks, tokenRegistry } from '../support/token-registries.ts'
import type { TokenQuirks, TokenRegistry } from '../support/token-registries.ts'

const name = (lab: TokenRegistry) => lab as unknown as LabRegistry

function credentialOf(own: TokenQuirks, kind: 'basic' | 'identity'): Credential {
  const { user: username, password } = own
  return kind === 'basic' ? { kind, username, password } : { kind, username: '', token: password }
}

/** What a person is logged in to: each registry under its own address only. */
function loggedIn(labs: readonly TokenRegistry[], kind: 'basic' | 'identity' = 'basic'): CredentialSource {
  return {
    credentialFor: ({ registry }) => {
      const lab = labs.find(({ address }) => address === registry)
      return Promise.resolve(lab && credentialOf(lab.quirks, kind))
    },
  }
}

async function seeded(t: Cleanup, lab: TokenRegistry, repository: string, layers = 2) {
  const client = labClient(t, { credentials: loggedIn([lab]) })
  const store = repositoryAt(t, name(lab), repository, client)
  const index = await putIndex(store, { layers, platforms: ['linux/arm64'] }, 'v1')
  await putReferrer(store, index.descriptor, 'evidence')
  lab.tokens.length = lab.requests.length = 0
  return index.descriptor.digest
}

async function isThere(store: ImageStore, tag: string, digest: string) {
  assert.equal((await store.head(tag))?.digest, digest)
}

const granted = (lab: TokenRegistry) => lab.tokens.filter((one) => one.granted).length
const refused = (lab: TokenRegistry) => lab.tokens.filter((one) => !one.granted).length

/** Tokens that a copy inside one registry takes, granted and refused, where it is not one. */
const WITHIN: Readonly<Partial<Record<keyof typeof quirks, readonly [number, number]>>> = {
  ecr: [0, 0],
  cgr: [2, 1],
  gitlab: [4, 0],
  firstOnly: [2, 0],
}

describe('test/flow/registry-auth-quirks: one token each', () => {
  for (const [key, own] of Object.entries(quirks) as [keyof typeof quirks, TokenQuirks][]) {
    it(`${key}: a copy inside it`, async (t) => {
      const lab = await tokenRegistry(t, own)
      const root = await seeded(t, lab, 'dev/app')
      const client = labClient(t, { credentials: loggedIn([lab]) })
      const source = repositoryAt(t, name(lab), 'dev/app', client)
      const destination = repositoryAt(t, name(lab), 'prod/app', client)
      const report = await copyClosure({ source, destination, root, tags: ['v1'] })
      await isThere(destination, 'v1', root)
      assert.equal(report.carried.length, 1)
      assert.deepEqual([granted(lab), refused(lab)], WITHIN[key] ?? [1, 0])
      if (!own.basicOnly) assert.equal(lab.tokens[0]?.service, own.service ?? lab.address)
    })

    it(`${key}: a copy from elsewhere`, async (t) => {
      const lab = await tokenRegistry(t, own)
      const other = await tokenRegistry(t, quirks.hub)
      const root = await seeded(t, other, 'dev/app')
      const client = labClient(t, { credentials: loggedIn([lab, other]) })
      const destination = repositoryAt(t, name(lab), 'prod/app', client)
      const source = repositoryAt(t, name(other), 'dev/app', client)
      await copyClosure({ source, destination, root, tags: ['v1'] })
      await isThere(destination, 'v1', root)
      assert.deepEqual([granted(lab), refused(lab)], own.basicOnly ? [0, 0] : [1, 0])
      assert.deepEqual([granted(other), refused(other)], [1, 0])
      const strangers = other.secrets.filter(
        (text) => text.includes(own.password) || text.includes(encoded(own)),
      )
      assert.deepEqual(
        own === quirks.hub ? [] : strangers,
        [],
        'what is for one host is never shown to another',
      )
      const home = encoded(quirks.hub)
      assert.equal(own !== quirks.hub && lab.secrets.some((text) => text.includes(home)), false)
    })
  }

  it('thirty requests at once: one token', async (t) => {
    const lab = await tokenRegistry(t, quirks.hub)
    await seeded(t, lab, 'dev/app')
    const client = labClient(t, { credentials: loggedIn([lab]) })
    const store = repositoryAt(t, name(lab), 'dev/app', client)
    await Promise.all(Array.from({ length: 30 }, () => store.manifest('v1')))
    assert.equal(lab.tokens.length, 1)
  })

  it('thirty requests at once with a wrong password: the account is not locked', async (t) => {
    const lab = await tokenRegistry(t, quirks.hub)
    const wrong: Credential = { kind: 'basic', username: 'moby', password: 'wrong' }
    const client = labClient(t, { credentials: { credentialFor: () => Promise.resolve(wrong) } })
    const store = repositoryAt(t, name(lab), 'dev/app', client)
    const all = await Promise.allSettled(Array.from({ length: 30 }, () => store.manifest('v1')))
    assert.ok(all.every(({ status }) => status === 'rejected'))
    assert.equal(lab.tokens.length, 1)
  })

  it('an identity token is posted; where there is no POST it goes by GET to the same place', async (t) => {
    for (const [own, methods] of [
      [quirks.acr, ['POST']],
      [quirks.gar, ['POST', 'GET']],
      [quirks.artifactory, ['POST', 'GET']],
      [{ ...quirks.quay, noPost: 405 }, ['POST', 'GET']],
    ] as const) {
      const lab = await tokenRegistry(t, own)
      await seeded(t, lab, 'dev/app')
      const credential: Credential = { kind: 'identity', username: own.user, token: own.password }
      const client = labClient(t, { credentials: { credentialFor: () => Promise.resolve(credential) } })
      assert.ok(await repositoryAt(t, name(lab), 'dev/app', client).manifest('v1'))
      assert.deepEqual(
        lab.tokens.map(({ method }) => method),
        methods,
      )
    }
  })

  it('tokens that stop working in the middle are replaced, and the copy ends well', async (t) => {
    const from = await tokenRegistry(t, quirks.quay)
    const to = await tokenRegistry(t, quirks.acr)
    const root = await seeded(t, from, 'dev/app', 80)
    // More than there are requests at once: else a new token can be used up by others before it is tried.
    const uses = 40
    from.usesOfToken = to.usesOfToken = uses
    const client = labClient(t, { credentials: loggedIn([from, to]) })
    const destination = repositoryAt(t, name(to), 'prod/app', client)
    const source = repositoryAt(t, name(from), 'dev/app', client)
    await copyClosure({ source, destination, root, tags: ['v1'] })
    await isThere(destination, 'v1', root)
    assert.ok(granted(to) > 1 && granted(from) > 1)
    const most = (lab: TokenRegistry) => Math.ceil(lab.requests.length / uses) + 1
    assert.ok(granted(to) <= most(to), `${granted(to)} tokens for ${to.requests.length} requests`)
  })

  it('artifactory: 403 for what is not there is "denied", without a storm of tokens', async (t) => {
    const lab = await tokenRegistry(t, quirks.artifactory)
    const client = labClient(t, { credentials: loggedIn([lab]) })
    const store = repositoryAt(t, name(lab), 'nowhere/app', client)
    await assert.rejects(store.manifest('v1'), (error: unknown) => {
      assert.ok(error instanceof WaybillError)
      assert.equal(error.code, 'REGISTRY_DENIED')
      assert.match(error.message, /answered? ?|denied GET .*403/)
      return true
    })
    assert.equal(lab.tokens.length, 1)
    assert.equal(lab.requests.length, 2)
  })
})

describe('test/flow/registry-auth-quirks: other people’s requests', () => {
  it('a challenge that asks for other repositories does not get a token for them', async (t) => {
    const server = await scriptedServer(t, ({ path }, response) => {
      if (path.startsWith('/token')) return response.end('{"token":"t"}')
      const scope = 'repository:app:pull,delete repository:bank/vault:pull,push registry:catalog:* aws'
      const challenge = `Bearer realm="http://${server.address}/token",service="s",scope="${scope}"`
      return response.writeHead(401, { 'www-authenticate': challenge }).end()
    })
    const client = labClient(t)
    await assert.rejects(repositoryAt(t, server as unknown as LabRegistry, 'app', client).manifest('v1'))
    const asked = server.seen
      .filter(({ path }) => path.startsWith('/token'))
      .map(({ path }) => new URL(path, server.url).searchParams.getAll('scope'))
    assert.deepEqual(asked, [
      ['repository:app:pull', 'aws'],
      ['repository:app:pull,delete', 'aws'],
    ])
  })

  it('a registry that names another token server while in use gets no password there', async (t) => {
    const elsewhere = await scriptedServer(t, (_, response) => response.end('{"token":"stolen"}'))
    let realm = ''
    const server = await scriptedServer(t, ({ path }, response) => {
      if (path.startsWith('/token')) return response.end('{"token":"good"}')
      return response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="s"` }).end()
    })
    const home = await scriptedServer(t, (_, response) => response.end('{"token":"t"}'))
    const client = labClient(t, {
      credentials: { credentialFor: () => Promise.resolve({ kind: 'basic', username: 'u', password: 'p' }) },
    })
    const store = repositoryAt(t, server as unknown as LabRegistry, 'app', client)
    realm = `${home.url}/token`
    await assert.rejects(store.manifest('v1'), { code: 'REGISTRY_DENIED' })
    realm = `${elsewhere.url}/token`
    await assert.rejects(store.manifest('v1'), { code: 'CREDENTIALS_FAILED' })
    assert.equal(elsewhere.seen.length, 0)
  })
})

function encoded({ user, password }: TokenQuirks): string {
  return Buffer.from(`${user}:${password}`).toString('base64')
}
