import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { WaybillError } from '../../src/base/index.ts'
import { mediaTypes, parseRepository } from '../../src/oci/index.ts'
import { copyClosure, registryCredentials, registryErrors } from '../../src/registry/index.ts'
import type { Credential, CredentialSource } from '../../src/registry/index.ts'
import { blobOf, putIndex, putReferrer, storedManifest } from '../support/images.ts'
import {
  dockerRegistry,
  embeddedRegistry,
  labClient,
  noDockerRegistry,
  repositoryAt,
  requestCount,
  scriptedServer,
  temporaryDirectory,
} from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'
import { rejection } from '../support/rejection.ts'

const SECRET = 'open-sesame-4711'
const users = new Map([['alice', SECRET]])
const alice: Credential = { kind: 'basic', username: 'alice', password: SECRET }

function always(credential: Credential): CredentialSource {
  return { credentialFor: () => Promise.resolve(credential) }
}

/** Credentials for one registry only, and the names it was asked about. */
function onlyFor(lab: { readonly address: string }, credential: Credential = alice): CredentialSource {
  return {
    credentialFor: ({ registry }) => Promise.resolve(registry === lab.address ? credential : undefined),
  }
}

async function tokenRequests(lab: LabRegistry): Promise<number> {
  await requestCount(lab)
  return lab.requests.filter(({ path }) => path.startsWith('/token')).length
}

async function refusal(work: Promise<unknown>): Promise<WaybillError> {
  const error = await rejection(work)
  assert.equal(JSON.stringify([error.message, error.detail, error.next]).includes(SECRET), false)
  return error
}

describe('test/flow/registry-auth: credentials', () => {
  for (const kind of ['basic', 'bearer'] as const)
    it(`${kind}: reads and writes; wrong password is denied by host and user name`, async (t) => {
      const lab = await embeddedRegistry(t, { auth: { kind, users } })
      const client = labClient(t, { credentials: onlyFor(lab) })
      const index = await putIndex(repositoryAt(t, lab, 'dev/app', client), {}, 'v1')
      const found = await repositoryAt(t, lab, 'dev/app', client).manifest('v1')
      assert.deepEqual(found?.bytes, index.bytes)

      const wrong = labClient(t, { credentials: always({ ...alice, username: 'mallory' } as Credential) })
      const denied = await refusal(repositoryAt(t, lab, 'dev/app', wrong).manifest('v1'))
      assert.equal(denied.code, registryErrors.REGISTRY_DENIED.code)
      assert.match(denied.message, new RegExp(`${lab.address} denied GET .*user "mallory"`))

      const nobody = await refusal(repositoryAt(t, lab, 'dev/app').manifest('v1'))
      assert.match(nobody.message, /asked with no credentials/)
    })

  it('bearer: a copy inside one registry needs one token, for everything', async (t) => {
    const lab = await embeddedRegistry(t, { auth: { kind: 'bearer', users } })
    const seeding = labClient(t, { credentials: onlyFor(lab) })
    const index = await putIndex(repositoryAt(t, lab, 'dev/app', seeding))
    await putReferrer(repositoryAt(t, lab, 'dev/app', seeding), index.descriptor, 'evidence')
    const client = labClient(t, { credentials: onlyFor(lab) })
    const before = await tokenRequests(lab)
    const report = await copyClosure({
      source: repositoryAt(t, lab, 'dev/app', client),
      destination: repositoryAt(t, lab, 'prod/app', client),
      root: index.descriptor.digest,
    })
    assert.equal((await tokenRequests(lab)) - before, 1)
    assert.equal(report.blobs, 0)
    assert.ok(report.mounted > 0)
    assert.equal(report.carried.length, 1)
  })

  it('bearer: callers without credentials read where that is allowed', async (t) => {
    const lab = await embeddedRegistry(t, { auth: { kind: 'bearer', users, anonymousPull: true } })
    const writer = labClient(t, { credentials: onlyFor(lab) })
    const index = await putIndex(repositoryAt(t, lab, 'dev/app', writer), {}, 'v1')
    const found = await repositoryAt(t, lab, 'dev/app').manifest('v1')
    assert.equal(found?.descriptor.digest, index.descriptor.digest)
  })

  it('htpasswd of docker-registry', { skip: noDockerRegistry }, async (t) => {
    const hash = '$2y$05$' // a user that nobody can be: every password is wrong
    const lab = await dockerRegistry(t, `alice:${hash}${'.'.repeat(53)}\n`)
    const client = labClient(t, { credentials: onlyFor(lab) })
    const denied = await refusal(repositoryAt(t, lab, 'dev/app', client).manifest('v1'))
    assert.equal(denied.code, registryErrors.REGISTRY_DENIED.code)
    assert.match(denied.message, /user "alice"/)
  })
})

describe('test/flow/registry-auth: where credentials come from', () => {
  const of = (text: string) => parseRepository(text)

  async function configured(t: Parameters<typeof temporaryDirectory>[0], config: unknown, raw?: string) {
    const directory = await temporaryDirectory(t)
    await writeFile(join(directory, 'config.json'), raw ?? JSON.stringify(config))
    const env = { DOCKER_CONFIG: directory, PATH: `${directory}:${process.env.PATH}` }
    return { directory, env, source: registryCredentials(env) }
  }

  it('auths: plain hosts, URL-like keys, Docker Hub, and the longest podman path wins', async (t) => {
    const auth = (pair: string) => ({ auth: Buffer.from(pair).toString('base64') })
    const { source } = await configured(t, {
      auths: {
        'r.example': auth('host:h'),
        'r.example/team': auth('team:t'),
        'r.example/team/app': auth('app:a:with:colons'),
        'https://old.example/v2/': auth('old:o'),
        'https://index.docker.io/v1/': auth('hub:d'),
        'id.example': { ...auth('who:x'), identitytoken: 'refresh' },
        'none.example': {},
      },
    })
    const basic = (username: string, password: string) => ({ kind: 'basic', username, password })
    assert.deepEqual(await source.credentialFor(of('r.example/team/app')), basic('app', 'a:with:colons'))
    assert.deepEqual(await source.credentialFor(of('r.example/team/other')), basic('team', 't'))
    assert.deepEqual(await source.credentialFor(of('r.example/teamster')), basic('host', 'h'))
    assert.deepEqual(await source.credentialFor(of('old.example/x')), basic('old', 'o'))
    assert.deepEqual(await source.credentialFor(of('nginx')), basic('hub', 'd'))
    assert.deepEqual(await source.credentialFor(of('id.example/x')), {
      kind: 'identity',
      username: 'who',
      token: 'refresh',
    })
    assert.equal(await source.credentialFor(of('none.example/x')), undefined)
    assert.equal(await source.credentialFor(of('evil-r.example/x')), undefined)
  })

  it('REGISTRY_AUTH_FILE comes first; a missing file is no file', async (t) => {
    const { env, directory } = await configured(t, { auths: { 'r.example': { auth: btoa('docker:x') } } })
    const file = join(directory, 'auth.json')
    await writeFile(file, JSON.stringify({ auths: { 'r.example': { auth: btoa('podman:y') } } }))
    const found = await registryCredentials({ ...env, REGISTRY_AUTH_FILE: file }).credentialFor(
      of('r.example/a'),
    )
    assert.deepEqual(found, { kind: 'basic', username: 'podman', password: 'y' })
    const gone = registryCredentials({ ...env, REGISTRY_AUTH_FILE: join(directory, 'gone.json') })
    assert.deepEqual(await gone.credentialFor(of('r.example/a')), {
      kind: 'basic',
      username: 'docker',
      password: 'x',
    })
  })

  it('helpers: credHelpers before credsStore before auths; refresh tokens; "not found" goes on', async (t) => {
    const { directory, source } = await configured(t, {
      credHelpers: { 'r.example': 'mine' },
      credsStore: 'store',
      auths: { 'other.example': { auth: btoa('file:f') } },
    })
    const helper = async (name: string, script: string) => {
      const path = join(directory, `docker-credential-${name}`)
      await writeFile(path, `#!/bin/sh\nread server\n${script}\n`)
      await chmod(path, 0o755)
    }
    await helper(
      'mine',
      `echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"<token>\\",\\"Secret\\":\\"$server-refresh\\"}"`,
    )
    await helper('store', 'echo "credentials not found in native keychain"; exit 1')
    assert.deepEqual(await source.credentialFor(of('r.example/a')), {
      kind: 'identity',
      username: '',
      token: 'r.example-refresh',
    })
    const file = { kind: 'basic', username: 'file', password: 'f' }
    assert.deepEqual(await source.credentialFor(of('other.example/a')), file)
  })

  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['not JSON', `{"auths": {"r.example": {"password": "${SECRET}"`, /not strict JSON/],
    ['wrong shape', '{"auths": {"r.example": {"auth": 7}}}', /auths\.r\.example\.auth/],
    ['not a pair', `{"auths": {"r.example": {"auth": "${btoa('nocolon')}"}}}`, /not base64 of user:password/],
    [
      'a helper that is not there',
      '{"credHelpers": {"r.example": "missing-one"}}',
      /docker-credential-missing-one/,
    ],
    ['a helper with a path', '{"credHelpers": {"r.example": "../../evil"}}', /not a plain program name/],
  ]
  for (const [name, raw, message] of broken)
    it(`is a clear error: ${name}`, async (t) => {
      const { source } = await configured(t, undefined, raw)
      const error = await refusal(source.credentialFor(of('r.example/a')))
      assert.equal(error.code, registryErrors.CREDENTIALS_FAILED.code)
      assert.match(error.message, message)
      assert.equal(String((error.cause as Error | undefined)?.message ?? '').includes(SECRET), false)
    })
})

describe('test/flow/registry-auth: credentials stay at home', () => {
  const manifest = storedManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [],
  })

  for (const realm of [
    'http://tokens.example/token',
    'https://user:pw@tokens.example/token',
    'ftp://x/',
    'nonsense',
  ])
    it(`no token is asked for at realm ${realm}`, async (t) => {
      const server = await scriptedServer(t, (_, response) => {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="lab"` }).end()
      })
      const client = labClient(t, { credentials: always(alice) })
      const error = await refusal(client.repository(parseRepository(`${server.address}/app`)).manifest('v1'))
      assert.equal(error.code, registryErrors.CREDENTIALS_FAILED.code)
      assert.equal(
        server.seen.some(({ headers }) => headers.authorization),
        false,
      )
    })

  it('a token server that redirects is not followed', async (t) => {
    const elsewhere = await scriptedServer(t, (_, response) => response.end('{"token":"stolen"}'))
    const server = await scriptedServer(t, ({ path }, response) => {
      if (path.startsWith('/token')) response.writeHead(307, { location: `${elsewhere.url}/token` }).end()
      else
        response
          .writeHead(401, { 'www-authenticate': `Bearer realm="http://${'127.0.0.1'}:${port()}/token"` })
          .end()
    })
    const port = () => server.address.split(':')[1]
    const client = labClient(t, { credentials: always(alice) })
    await refusal(client.repository(parseRepository(`${server.address}/app`)).manifest('v1'))
    assert.ok(server.seen.some(({ path }) => path.startsWith('/token')))
    assert.equal(elsewhere.seen.length, 0)
  })

  it('a blob redirect to another host is followed without Authorization', async (t) => {
    const blob = blobOf(Buffer.from('layer'), 'text/plain')
    const storage = await scriptedServer(t, (_, response) => response.end(blob.bytes))
    const server = await scriptedServer(t, ({ headers }, response) => {
      if (headers.authorization) response.writeHead(307, { location: `${storage.url}/signed?x=1` }).end()
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="lab"' }).end()
    })
    const client = labClient(t, { credentials: always(alice) })
    const store = client.repository(parseRepository(`${server.address}/app`))
    const bytes = Buffer.concat(await Array.fromAsync(await store.blob(blob.descriptor)))
    assert.deepEqual(bytes, blob.bytes)
    assert.deepEqual(
      storage.seen.map(({ path, headers }) => [path, headers.authorization]),
      [['/signed?x=1', undefined]],
    )
  })

  it('redirects that never end are ended', async (t) => {
    const server = await scriptedServer(t, ({ path }, response) => {
      response.writeHead(302, { location: `${path}x` }).end()
    })
    const store = labClient(t).repository(parseRepository(`${server.address}/app`))
    const error = await refusal(store.manifest('v1'))
    assert.equal(error.code, registryErrors.REGISTRY_ANSWER_INVALID.code)
    assert.equal(server.seen.length, 6)
  })

  it('an upload Location on another host gets the bytes but not the credentials', async (t) => {
    const blob = blobOf(Buffer.alloc(100_000, 'x'), 'application/octet-stream')
    const storage = await scriptedServer(t, (_, response) => response.writeHead(201).end())
    const server = await scriptedServer(t, ({ headers }, response) => {
      if (headers.authorization)
        response.writeHead(202, { location: `${storage.url}/up?_state=a%20b~c` }).end()
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="lab"' }).end()
    })
    const client = labClient(t, { credentials: always(alice) })
    const store = client.repository(parseRepository(`${server.address}/app`))
    const once = async function* () {
      yield blob.bytes
    }
    await store.putBlob(blob.descriptor, () => Promise.resolve(once()))
    const [put] = storage.seen
    assert.equal(put?.path, `/up?_state=a%20b~c&digest=${encodeURIComponent(blob.descriptor.digest)}`)
    assert.equal(put?.headers.authorization, undefined)
    assert.equal(put?.body.length, 100_000)
  })

  it('the next page of tags on another host is not fetched', async (t) => {
    const elsewhere = await scriptedServer(t, (_, response) => response.end('{"tags":["evil"]}'))
    const server = await scriptedServer(t, (_, response) => {
      response.writeHead(200, { link: `<${elsewhere.url}/v2/app/tags/list?last=a>; rel="next"` })
      response.end('{"name":"app","tags":["a"]}')
    })
    const store = labClient(t).repository(parseRepository(`${server.address}/app`))
    assert.deepEqual(await store.tags(), ['a'])
    assert.equal(elsewhere.seen.length, 0)
  })

  it('a referrers answer that redirects to a web page is no API and is not followed', async (t) => {
    const elsewhere = await scriptedServer(t, (_, response) => response.end('<html>'))
    const server = await scriptedServer(t, ({ path }, response) => {
      if (path.includes('/referrers/')) response.writeHead(303, { location: `${elsewhere.url}/` }).end()
      else response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[]}')
    })
    const store = labClient(t).repository(parseRepository(`${server.address}/app`))
    assert.deepEqual(await store.referrers(manifest.descriptor.digest), [])
    assert.deepEqual(await store.referrers(manifest.descriptor.digest), [])
    assert.equal(elsewhere.seen.length, 0)
    assert.equal(server.seen.filter(({ path }) => path.includes('/referrers/')).length, 1, 'it is remembered')
  })

  it('a refresh token goes to the token server by POST, never to the registry', async (t) => {
    const server = await scriptedServer(t, ({ method, path, body, headers }, response) => {
      if (path === '/token' && method === 'POST' && body.includes('refresh_token=r3fresh'))
        return response.end('{"access_token":"short","expires_in":300}')
      if (headers.authorization === 'Bearer short') {
        response.writeHead(200, { 'content-type': mediaTypes.ociIndex })
        return response.end(manifest.bytes)
      }
      const challenge = `Bearer realm="http://${server.address}/token",service="lab"`
      return response.writeHead(401, { 'www-authenticate': challenge }).end()
    })
    const client = labClient(t, { credentials: always({ kind: 'identity', username: '', token: 'r3fresh' }) })
    const store = client.repository(parseRepository(`${server.address}/app`))
    assert.deepEqual((await store.manifest('v1'))?.bytes, manifest.bytes)
    const [form] = server.seen.filter(({ method }) => method === 'POST')
    assert.match(form?.body ?? '', /grant_type=refresh_token/)
    assert.match(form?.body ?? '', /scope=repository%3Aapp%3Apull/)
    assert.equal(
      server.seen.some(({ headers }) => headers.authorization?.includes('r3fresh')),
      false,
    )
  })

  it('many requests at once fetch one token', async (t) => {
    const lab = await embeddedRegistry(t, { auth: { kind: 'bearer', users } })
    const client = labClient(t, { credentials: onlyFor(lab) })
    const store = repositoryAt(t, lab, 'dev/app', client)
    await Promise.all(Array.from({ length: 12 }, () => store.manifest('v1')))
    assert.equal(await tokenRequests(lab), 1)
  })
})
