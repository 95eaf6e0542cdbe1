import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rmSync, symlinkSync } from 'node:fs'
import { describe, it } from 'node:test'
import { buildahEnv } from '../support/buildah.ts'
import { build, Scratch } from '../support/build.ts'
import { findTool } from '../support/outside-tool.ts'

const wanted = await Promise.all(
  ['buildah', 'skopeo'].map(async (tool) => ({ tool, path: await findTool(tool) })),
)
const missing = wanted.filter(({ path }) => path === undefined).map(({ tool }) => tool)
const skip = missing.length > 0 ? `${missing.join(' and ')} not installed` : false
const both = ['linux/arm64', 'linux/amd64']
const app = { Dockerfile: 'FROM scratch\nCOPY hello.txt /\nENV A=1\n', 'hello.txt': 'hello\n' }

/** The digest of a layout's image, as skopeo computes it from the bytes. */
function skopeoDigest(layout: string, digest: string, scratch: Scratch): string {
  const copy = join(scratch.path, `skopeo-${Math.random()}`)
  execFileSync('skopeo', ['copy', '--all', '--insecure-policy', `oci:${layout}:built`, `dir:${copy}`], {
    stdio: 'pipe',
  })
  const inspected = execFileSync('skopeo', ['inspect', '--raw', `oci:${layout}:built`], { stdio: 'pipe' })
  assert.ok(inspected.length > 0, digest)
  return execFileSync('skopeo', ['manifest-digest', join(copy, 'manifest.json')], { stdio: 'pipe' })
    .toString()
    .trim()
}

describe('buildah and skopeo', { skip }, () => {
  it('buildah builds each platform; the index is the same twice; skopeo reads the same digest', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', app)
    const options = { build: { builder: 'buildah', platforms: both }, env: buildahEnv(scratch.path) }
    const one = await build(root, { ...options, to: join(scratch.path, 'one') })
    const two = await build(root, { ...options, to: join(scratch.path, 'two') })
    const { digest } = one.image.root.descriptor
    assert.equal(two.image.root.descriptor.digest, digest)
    assert.deepEqual(
      one.image.platforms.map(({ platform }) => platform),
      ['linux/amd64', 'linux/arm64'],
    )
    await one.store.putTag('built', one.image.root)
    assert.equal(skopeoDigest(join(scratch.path, 'one'), digest, scratch), digest)
    const left = execFileSync('buildah', ['images', '-a', '-q'], {
      env: buildahEnv(scratch.path),
      stdio: 'pipe',
    })
    assert.equal(left.toString().trim(), '', 'nothing is left in the storage of buildah')
  })

  it('skopeo reads what the native builder wrote, and buildah builds upon it', async (t) => {
    using scratch = new Scratch()
    const long = `${'deep/'.repeat(30)}größe.txt`
    const native = await build(scratch.repository('native', { ...app, [long]: 'x' }), {
      to: join(scratch.path, 'native-out'),
      build: { platforms: both },
    })
    const { digest } = native.image.root.descriptor
    await native.store.putTag('built', native.image.root)
    const layout = join(scratch.path, 'native-out')
    assert.equal(skopeoDigest(layout, digest, scratch), digest)
    const env = buildahEnv(scratch.path)
    const sh = (...args: string[]) => execFileSync('buildah', args, { env, stdio: 'pipe' }).toString().trim()
    // The name buildah gives to what it pulls from a layout is its path, which must be lower case.
    const lower = join(tmpdir(), `waybill-${process.pid}`)
    symlinkSync(layout, lower)
    t.after(() => rmSync(lower))
    const image = sh('pull', '--quiet', `oci:${lower}:built`)
    const container = sh('from', image)
    const mounted = sh('mount', container)
    assert.equal(execFileSync('cat', [join(mounted, 'app', long)]).toString(), 'x')
    sh('rm', container)
  })

  it('says what buildah said when a build fails', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', { Dockerfile: 'FROM scratch\nCOPY missing.txt /\n' })
    const options = {
      build: { builder: 'buildah' },
      env: buildahEnv(scratch.path),
      to: join(scratch.path, 'out'),
    }
    await assert.rejects(build(root, options), { code: 'COMMAND_FAILED', message: /missing\.txt/ })
  })
})
