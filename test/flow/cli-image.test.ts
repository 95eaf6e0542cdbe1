import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { outputSchemas } from '../../scripts/output-schemas.ts'
import { openLayout } from '../../src/registry/index.ts'
import { putImage } from '../support/images.ts'
import { startWaybill, waybill } from '../support/waybill-process.ts'

const cwd = await mkdtemp(join(tmpdir(), 'waybill-image-'))
after(() => rm(cwd, { recursive: true, force: true }))

const store = await openLayout(join(cwd, 'source'), { create: true })
const image = await putImage(store, 'linux/amd64')
await store.putTag('1.0.0', image)
const { digest } = image.descriptor

suite('cli: image and registry', () => {
  test('serve, copy, tag, inspect and tree, one JSON document each; SIGINT ends the registry', async () => {
    const registry = startWaybill(
      ['registry', 'serve', '--root', 'registry', '--listen', '127.0.0.1:0', '-o', 'json'],
      {
        cwd,
      },
    )
    const [, host = ''] = await registry.said(/at http:\/\/(\S+)\./)
    const target = `${host}/team/app`

    const copied = await waybill(['image', 'copy', 'layout:source:1.0.0', `${target}:1.0.0`, '-o', 'json'], {
      cwd,
    })
    assert.equal(copied.code, 0, copied.stderr)
    const copy = outputSchemas.copy.parse(JSON.parse(copied.stdout))
    assert.equal(copy.digest, digest)
    assert.equal(copy.destination, `${target}@${digest}`)
    assert.deepEqual(copy.tags, ['1.0.0'])
    assert.equal(copy.copy.manifests, 1)
    assert.match(copied.stderr, /^done copy: \d+ blobs/m)

    const again = await waybill(['image', 'copy', 'layout:source:1.0.0', `${target}:1.0.0`, '--quiet'], {
      cwd,
    })
    assert.equal(again.stderr, '')
    assert.match(again.stdout, /nothing: it was all there/)

    const [tagged, inspected, tree, bare] = [
      await waybill(['image', 'tag', `${target}:1.0.0`, 'tested', '-o', 'json'], { cwd }),
      await waybill(['image', 'inspect', `${target}:tested`, '-o', 'json'], { cwd }),
      await waybill(['image', 'tree', `${target}@${digest}`, '-o', 'json'], { cwd }),
      await waybill(['image', 'copy', `${target}@${digest}`, 'layout:out', '-o', 'json'], { cwd }),
    ]
    assert.equal(outputSchemas.tag.parse(JSON.parse(tagged.stdout)).digest, digest)
    assert.equal(outputSchemas.manifest.parse(JSON.parse(inspected.stdout)).digest, digest)
    assert.equal(outputSchemas.tree.parse(JSON.parse(tree.stdout)).root.digest, digest)
    assert.deepEqual(outputSchemas.copy.parse(JSON.parse(bare.stdout)).tags, [])

    const missing = await waybill(['image', 'inspect', `${target}:9.9.9`], { cwd })
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /^error MANIFEST_MISSING: .*9\.9\.9/)

    registry.child.kill('SIGINT')
    const { code, stdout } = await registry.ended
    assert.equal(code, 0)
    outputSchemas.registry.parse(JSON.parse(stdout))
  })

  test('a registry with a password lets nobody else in', async () => {
    await writeFile(join(cwd, 'password'), 'secret\n')
    const words = ['registry', 'serve', '--root', 'closed', '--listen', '127.0.0.1:0', '--username', 'ci']
    const registry = startWaybill([...words, '--password-file', 'password'], { cwd })
    const [, url = ''] = await registry.said(/at (http:\/\/\S+)\./)
    assert.equal((await fetch(`${url}/v2/`)).status, 401)
    const authorization = `Basic ${Buffer.from('ci:secret').toString('base64')}`
    assert.equal((await fetch(`${url}/v2/`, { headers: { authorization } })).status, 200)
    registry.child.kill('SIGTERM')
    assert.equal((await registry.ended).code, 0)
  })

  test('an unreachable registry is an error with a place and a next step, not a refusal', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as AddressInfo
    free.close()
    await once(free, 'close')
    const { code, stderr } = await waybill(['image', 'inspect', `127.0.0.1:${port}/app:1`], { cwd })
    assert.equal(code, 1)
    assert.match(stderr, /^error REGISTRY_UNREACHABLE: /)
    assert.match(stderr, /\n {2}at: /)
    assert.match(stderr, /\n {2}next: /)
  })

  test('Ctrl-C stops waiting work with 130 and says what to do', async () => {
    const silent = createServer(() => {})
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const running = startWaybill(['image', 'inspect', `127.0.0.1:${port}/app:1`, '-o', 'json'], { cwd })
    await once(silent, 'request')
    running.child.kill('SIGINT')
    const { code, stdout } = await running.ended
    silent.closeAllConnections()
    silent.close()
    assert.equal(code, 130)
    const document = outputSchemas.error.parse(JSON.parse(stdout))
    assert.equal(document.code, 'INTERRUPTED')
    assert.equal(document.message, 'interrupted; run the same command again')
  })

  test('a reader that goes away is no error', async () => {
    const running = startWaybill(['image', 'tree', 'layout:source'], { cwd })
    running.child.stdout?.destroy()
    const { code, stderr } = await running.ended
    assert.equal(code, 0, stderr)
    assert.equal(stderr, '')
  })
})
