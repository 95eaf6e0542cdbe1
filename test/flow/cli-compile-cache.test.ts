import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { waybill } from '../support/waybill-process.ts'

const folder = await mkdtemp(join(tmpdir(), 'waybill-cache-'))
after(() => rm(folder, { recursive: true, force: true }))
const home = join(folder, 'home')
await mkdir(home)

/** Asks for the version, so that the command starts; true when compiled code was kept in `cache`. */
async function keeps(cache: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  await rm(cache, { recursive: true, force: true })
  const { code, stderr } = await waybill(['--version'], { env: { NODE_COMPILE_CACHE: undefined, ...env } })
  assert.deepEqual([code, stderr], [0, ''])
  return existsSync(cache)
}

suite('cli: compiled code', () => {
  test('is kept in the home of who runs it, or where XDG_CACHE_HOME says', async () => {
    assert.ok(await keeps(join(home, '.cache/waybill'), { HOME: home }))
    const caches = join(folder, 'caches')
    assert.ok(await keeps(join(caches, 'waybill'), { HOME: home, XDG_CACHE_HOME: caches }))
  })

  test('goes where NODE_COMPILE_CACHE says, and nowhere with NODE_DISABLE_COMPILE_CACHE', async () => {
    const cache = join(home, '.cache')
    const elsewhere = join(folder, 'elsewhere')
    assert.ok(await keeps(elsewhere, { HOME: home, NODE_COMPILE_CACHE: elsewhere }))
    assert.ok(!(await keeps(cache, { HOME: home, NODE_COMPILE_CACHE: elsewhere })))
    assert.ok(!(await keeps(cache, { HOME: home, NODE_DISABLE_COMPILE_CACHE: '1' })))
  })

  test('makes no home, and does not hang below /proc', { timeout: 20_000 }, async () => {
    const absent = join(folder, 'absent')
    assert.ok(!(await keeps(absent, { HOME: absent })))
    assert.ok(!(await keeps('/proc/1/absent', { HOME: '/proc/1/absent' })))
  })
})
