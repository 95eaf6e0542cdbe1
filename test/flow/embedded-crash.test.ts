import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { serveRegistry } from '../../src/embedded/index.ts'
import { digestOf } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import { expectStatus, RawRegistry, startRegistry, temporaryDirectory } from '../support/embedded-registry.ts'

const PROGRAM = fileURLToPath(new URL('../support/registry-process.ts', import.meta.url))

describe('embedded registry: kill -9', () => {
  it('comes back consistent however many writers were cut off', async (t) => {
    const root = await temporaryDirectory(t)
    const confirmed = new Map<string, string>()
    for (const round of [0, 1, 2]) {
      const { child, registry } = await startProcess(root)
      const writers = [0, 1, 2].map((writer) => pushUntilCut(registry, `team/app${writer}`, round, confirmed))
      // Killed amid their work: they go on until it dies.
      const enough = confirmed.size + 2 + round
      for (let waits = 0; confirmed.size < enough && waits < 5000; waits++) await sleep(10)
      await sleep(round * 13)
      child.kill('SIGKILL')
      await once(child, 'exit')
      await Promise.all(writers)
      const after = await startRegistry(t, { root })
      for (const [tag, digest] of confirmed) await assertWhole(after, tag, digest)
      for (const writer of [0, 1, 2]) await assertAllTagsWhole(after, `team/app${writer}`)
      await after.close()
    }
    assert.ok(confirmed.size >= 9)
    assert.deepEqual(await readdir(join(root, 'temporary')), [])
    await assertContentMatches(join(root, 'blobs'))
  })

  it('lets a client resume an upload after a restart', async (t) => {
    const root = await temporaryDirectory(t)
    const content = Buffer.alloc(3 * 1024 * 1024, 'content')
    const { child, registry } = await startProcess(root)
    const begun = await registry.request('POST', '/v2/app/blobs/uploads/')
    const location = begun.headers.get('location')!
    const first = { 'content-range': `0-${1024 * 1024 - 1}` }
    await expectStatus(
      await registry.request('PATCH', location, first, content.subarray(0, 1024 * 1024)),
      202,
    )
    child.kill('SIGKILL')
    await once(child, 'exit')
    const after = await startRegistry(t, { root })
    const status = await after.request('GET', location)
    assert.equal(status.headers.get('range'), `0-${1024 * 1024 - 1}`)
    const range = { 'content-range': `${1024 * 1024}-${content.length - 1}` }
    const digest = digestOf(content)
    const put = await after.request(
      'PUT',
      `${location}?digest=${digest}`,
      range,
      content.subarray(1024 * 1024),
    )
    await expectStatus(put, 201)
    const got = await after.request('GET', put.headers.get('location')!)
    assert.equal(digestOf(Buffer.from(await got.arrayBuffer())), digest)
  })

  it('keeps a finished upload out when its bytes were lost on disk', async (t) => {
    const registry = await startRegistry(t)
    const begun = await registry.request('POST', '/v2/app/blobs/uploads/')
    const location = begun.headers.get('location')!
    await expectStatus(await registry.request('PATCH', location, {}, 'content'), 202)
    await registry.close()
    // What a power cut may leave behind: the file's length, but not its bytes.
    await writeFile(join(registry.root, 'uploads', location.split('/').at(-1)!, 'data'), '\0'.repeat(7))
    const after = await startRegistry(t, { root: registry.root })
    await expectStatus(await after.request('PUT', `${location}?digest=${digestOf('content')}`), 400)
  })

  it('says which directory it cannot use, and which address', async (t) => {
    const directory = await temporaryDirectory(t)
    await writeFile(join(directory, 'file'), '')
    const unusable = { code: 'REGISTRY_ROOT_UNUSABLE', exit: 2, where: join(directory, 'file') }
    await assert.rejects(serveRegistry({ root: join(directory, 'file') }), unusable)
    const registry = await startRegistry(t)
    const port = Number(registry.address.split(':').at(-1))
    const taken = { code: 'REGISTRY_CANNOT_LISTEN', exit: 2, where: registry.address }
    await assert.rejects(serveRegistry({ root: join(directory, 'new'), port }), taken)
  })
})

async function startProcess(root: string): Promise<{ child: ChildProcess; registry: RawRegistry }> {
  const child = spawn(process.execPath, [PROGRAM, root], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const address = line.toString('utf8').trim()
  return { child, registry: new RawRegistry(`http://${address}`, address, root, async () => {}) }
}

/** Pushes image after image until the connection breaks; a push counts once its tag was confirmed. */
async function pushUntilCut(
  registry: RawRegistry,
  name: string,
  round: number,
  confirmed: Map<string, string>,
) {
  for (let count = 0; count < 500; count++) {
    const tag = `R${round}-${count}`
    try {
      await registry.pushBlob(name, Buffer.alloc(512 * 1024, `${name} ${tag}`))
      const { digest } = await registry.pushImage(name, tag, `${name} ${tag}`)
      confirmed.set(`${name}:${tag}`, digest)
    } catch (error) {
      assert.ok(error instanceof TypeError, `the connection should break, not this: ${String(error)}`)
      return
    }
  }
}

/** The tag points where it was confirmed to point. */
async function assertWhole(registry: RawRegistry, tag: string, digest: string): Promise<void> {
  const [name, reference] = tag.split(':') as [string, string]
  const head = await registry.request('HEAD', `/v2/${name}/manifests/${reference}`)
  assert.equal(head.headers.get('docker-content-digest'), digest, tag)
}

/** Whatever a tag points at can be pulled to the last byte, confirmed or not. */
async function assertAllTagsWhole(registry: RawRegistry, name: string): Promise<void> {
  const list = await registry.request('GET', `/v2/${name}/tags/list`)
  const { tags } = (await list.json()) as { tags: string[] }
  for (const tag of tags) {
    const manifest = (await (await registry.request('GET', `/v2/${name}/manifests/${tag}`)).json()) as {
      config: Descriptor
      layers: Descriptor[]
    }
    for (const { digest, size } of [manifest.config, ...manifest.layers]) {
      const blob = Buffer.from(
        await (await registry.request('GET', `/v2/${name}/blobs/${digest}`)).arrayBuffer(),
      )
      assert.deepEqual([digestOf(blob), blob.length], [digest, size])
    }
  }
}

/** Every file of the content store hashes to its name. */
async function assertContentMatches(blobs: string): Promise<void> {
  for (const entry of await readdir(blobs, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!(await stat(path)).isFile()) continue
    assert.equal(digestOf(await readFile(path)), `sha256:${entry.name}`)
  }
}
