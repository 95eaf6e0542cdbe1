import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFailure } from '../../src/base/index.ts'
import { parseRepository } from '../../src/oci/index.ts'
import { copyClosure, missingContent, registryErrors } from '../../src/registry/index.ts'
import { blobOf, putIndex } from '../support/images.ts'
import { embeddedRegistry, labClient, repositoryAt, scriptedServer } from '../support/registries.ts'

const MiB = 1024 * 1024

describe('test/flow/hostile-registry', () => {
  it('mounts that only seem to work: deep looks, and sends what is not there', async (t) => {
    const [from, to] = [await embeddedRegistry(t), await embeddedRegistry(t, { sparse: true })]
    const [source, destination] = [repositoryAt(t, from, 'app'), repositoryAt(t, to, 'app')]
    const index = await putIndex(source, { platforms: ['linux/amd64'], layers: 2, layerBytes: 90_000 })
    const root = index.descriptor.digest
    to.fault = ({ method, path }) =>
      method === 'POST' && path.includes('mount=') ? { status: 201, body: '' } : undefined
    await copyClosure({ source, destination, root, tags: ['stable'], verify: 'deep' })
    assert.deepEqual(await missingContent(destination, root), [])
    assert.equal((await destination.head('stable'))?.digest, root)
  })

  it('deep, and without referrers: the root is there before a tag names it', async (t) => {
    const [from, to] = [await embeddedRegistry(t), await embeddedRegistry(t)]
    const [source, destination] = [repositoryAt(t, from, 'app'), repositoryAt(t, to, 'app')]
    const root = (await putIndex(source)).descriptor.digest
    await copyClosure({ source, destination, root, tags: ['stable'], verify: 'deep', referrers: false })
    assert.equal((await destination.head('stable'))?.digest, root)
  })

  it('what it says it stored under a tag, when it is no digest, is read again', async (t) => {
    const [from, to] = [await embeddedRegistry(t), await embeddedRegistry(t)]
    const [source, destination] = [repositoryAt(t, from, 'app'), repositoryAt(t, to, 'app')]
    const root = (await putIndex(source)).descriptor.digest
    to.fault = ({ method, path }) =>
      method === 'PUT' && path.endsWith('/manifests/stable')
        ? { status: 201, headers: { 'docker-content-digest': 'stored' }, body: '' }
        : undefined
    await assert.rejects(copyClosure({ source, destination, root, tags: ['stable'] }), (error) =>
      isFailure(error, registryErrors.TAG_CONFLICT),
    )
  })

  it('a list of tags whose next page is itself', async (t) => {
    const { address } = await scriptedServer(t, ({ path }, response) =>
      response.writeHead(200, { link: `<${path}>; rel="next"` }).end('{"tags":["a"]}'),
    )
    const store = labClient(t).repository(parseRepository(`${address}/app`))
    await assert.rejects(store.tags(), (error) => isFailure(error, registryErrors.REGISTRY_ANSWER_INVALID))
  })

  it('hundreds of thousands of tags on one page', async (t) => {
    const tags = Array.from({ length: 300_000 }, (_, n) => `t${n}`)
    const { address } = await scriptedServer(t, (_, response) => response.end(JSON.stringify({ tags })))
    const store = labClient(t).repository(parseRepository(`${address}/app`))
    assert.equal((await store.tags()).length, tags.length)
  })

  it('an upload that gets on by a byte with every try', async (t) => {
    let had = 0
    const { address, seen } = await scriptedServer(t, ({ method, path }, response) => {
      if (method === 'POST') return response.writeHead(202, { location: `${path}1` }).end()
      if (method === 'GET') return response.writeHead(204, { range: `0-${++had}` }).end()
      if (method === 'PUT') return response.destroy()
      return response.writeHead(seen.length < 100 ? 416 : 404).end('{}')
    })
    const { bytes, descriptor } = blobOf(Buffer.alloc(5 * MiB, 'a'), 'text/plain')
    const store = labClient(t).repository(parseRepository(`${address}/app`))
    async function* from(offset: number) {
      for (let at = offset; at < bytes.length; at += MiB) yield bytes.subarray(at, at + MiB)
    }
    const open = async () => ({ [Symbol.asyncIterator]: () => from(0), from })
    await assert.rejects(store.putBlob(descriptor, open, { expectAbsent: true }))
    assert.ok(seen.length < 50, `${seen.length} requests`)
  })

  it('bad luck: what was begun is cancelled, also when everything is told to end', async (t) => {
    const { address, seen } = await scriptedServer(t, ({ method, path }, response) => {
      if (method === 'POST') return response.writeHead(202, { location: `${path}1` }).end()
      return response.writeHead(method === 'DELETE' ? 204 : 500).end('{}')
    })
    const { bytes, descriptor } = blobOf(Buffer.alloc(5 * MiB, 'a'), 'text/plain')
    const told = new AbortController()
    const store = labClient(t, { signal: told.signal }).repository(parseRepository(`${address}/app`))
    const open = async () =>
      (async function* () {
        yield bytes.subarray(0, MiB)
        told.abort(new Error('told to end'))
        yield bytes.subarray(MiB)
      })()
    await assert.rejects(store.putBlob(descriptor, open, { expectAbsent: true }), /told to end/)
    assert.equal(seen.at(-1)?.method, 'DELETE')
  })

  it('an error that repeats the Authorization header: no secret is shown', async (t) => {
    const { address } = await scriptedServer(t, ({ headers }, response) => {
      const errors = [{ code: 'DENIED', message: `no, ${headers.authorization} may not` }]
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(JSON.stringify({ errors }))
    })
    const credentials = {
      credentialFor: async () => ({ kind: 'basic', username: 'bob', password: 'hunter2' }) as const,
    }
    const store = labClient(t, { credentials }).repository(parseRepository(`${address}/app`))
    await assert.rejects(store.manifest('a'), (error: Error) => {
      assert.match(error.message, /DENIED: no, Basic \[hidden\] may not/)
      return true
    })
  })

  it('a reader that another one replaced in the middle of a read does not end that one too', async (t) => {
    const { bytes, descriptor } = blobOf(Buffer.alloc(MiB, 'a'), 'text/plain')
    let asked = 0
    const { address } = await scriptedServer(t, (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length })
      if (asked++ === 0) response.write(bytes.subarray(0, 1000))
      else response.end(bytes)
    })
    const store = labClient(t).repository(parseRepository(`${address}/app`))
    const content = await store.blob(descriptor)
    const first = content[Symbol.asyncIterator]()
    await first.next()
    const waiting = first.next().catch(() => undefined)
    const second = Buffer.concat(await Array.fromAsync(content))
    assert.equal(second.length, bytes.length)
    await waiting
  })

  it('a source that never answers does not hold up the end of a copy', async (t) => {
    const to = await embeddedRegistry(t)
    const destination = repositoryAt(t, to, 'app')
    const told = new AbortController()
    const { descriptor } = blobOf(Buffer.from('small'), 'text/plain')
    const open = () => {
      setTimeout(() => told.abort(new Error('told to end')), 20)
      return new Promise<never>(() => {})
    }
    await assert.rejects(destination.putBlob(descriptor, open, { signal: told.signal }), /told to end/)
  })
})
