import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { ImageIndex } from '../../src/oci/index.ts'
import { resolve } from '../../src/registry/index.ts'
import { build, COMMITTED, Scratch } from '../support/build.ts'

const app = { Dockerfile: 'FROM scratch\nCOPY hello.txt /\n', 'hello.txt': 'hello\n' }
const both = ['linux/arm64', 'linux/amd64']

/**
 * A `docker` that keeps the documented contract of `docker buildx build`: a layout at the OCI exporter's dest, and a
 * metadata file. Not the real tool: the image in it is prepared by the test.
 */
function fakeDocker(scratch: Scratch, prepared: string, metadata: unknown): string {
  const script = `#!/bin/sh
set -e
printf '%s\\n' "$@" > ${scratch.path}/arguments
env > ${scratch.path}/environment
for argument; do case $argument in
  --output=type=oci,dest=*) rest=\${argument#--output=type=oci,dest=}; layout=\${rest%%,*};;
  --metadata-file=*) metadata=\${argument#--metadata-file=};;
esac; done
cp -r ${prepared} "$layout"
${metadata === undefined ? '' : `cat > "$metadata" <<'END'\n${JSON.stringify(metadata)}\nEND`}
`
  const bin = join(scratch.path, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'docker'), script)
  chmodSync(join(bin, 'docker'), 0o755)
  return `${bin}:${process.env.PATH}`
}

async function prepare(scratch: Scratch, platforms: readonly string[]) {
  const prepared = join(scratch.path, 'prepared')
  const made = await build(scratch.repository('made', { 'hello.txt': 'hello\n' }), {
    to: prepared,
    build: { platforms },
  })
  const { digest, mediaType, size } = made.image.root.descriptor
  const metadata = {
    'buildx.build.ref': 'builder/builder0/abc',
    'containerimage.descriptor': { mediaType, digest, size },
    'containerimage.digest': digest,
  }
  return { made, prepared, metadata, digest }
}

describe('waybill build, docker buildx (a stand-in that keeps its contract)', () => {
  it('takes over the platform manifests and lists them itself', async () => {
    using scratch = new Scratch()
    const { made, prepared, metadata } = await prepare(scratch, both)
    const PATH = fakeDocker(scratch, prepared, metadata)
    const root = scratch.repository('app', app)
    const env = { PATH, DOCKER_HOST: 'unix:///x', WAYBILL_BUILD_KEY: 'secret' }
    const built = await build(root, {
      to: join(scratch.path, 'out'),
      build: { builder: 'buildx', platforms: both },
      env,
    })
    assert.deepEqual(built.image.platforms, made.image.platforms)
    const index = (await resolve(built.store, built.image.root.descriptor.digest)).manifest as ImageIndex
    assert.deepEqual(
      index.manifests.map(({ platform }) => platform?.architecture),
      ['amd64', 'arm64'],
    )
    assert.equal(index.annotations['org.opencontainers.image.created'], COMMITTED)
    assert.equal(index.annotations['org.opencontainers.image.revision'], built.image.source.commit)
    const said = readFileSync(join(scratch.path, 'arguments'), 'utf8').trim().split('\n')
    assert.deepEqual(said.slice(0, 2), ['buildx', 'build'])
    for (const argument of [
      '--platform=linux/arm64,linux/amd64',
      `--file=${root}/Dockerfile`,
      '--provenance=false',
      '--sbom=false',
      root,
    ])
      assert.ok(said.includes(argument), argument)
    const environment = readFileSync(join(scratch.path, 'environment'), 'utf8')
    assert.match(environment, /^SOURCE_DATE_EPOCH=1770091506$/m)
    assert.match(environment, /^DOCKER_HOST=unix/m)
    assert.doesNotMatch(environment, /WAYBILL_/, 'a Dockerfile must not see our keys')
  })

  const broken: readonly [
    name: string,
    change: (metadata: Record<string, unknown>) => unknown,
    code: string,
  ][] = [
    ['no metadata file', () => undefined, 'BUILDER_FAILED'],
    ['metadata without a digest', (m) => ({ ...m, 'containerimage.digest': undefined }), 'BUILDER_FAILED'],
    [
      'a digest that is not in the layout',
      (m) => ({ ...m, 'containerimage.digest': `sha256:${'0'.repeat(64)}` }),
      'MANIFEST_MISSING',
    ],
  ]
  for (const [name, change, code] of broken)
    it(`refuses ${name}`, async () => {
      using scratch = new Scratch()
      const { prepared, metadata } = await prepare(scratch, both)
      const PATH = fakeDocker(scratch, prepared, change(metadata))
      const options = {
        to: join(scratch.path, 'out'),
        build: { builder: 'buildx', platforms: both },
        env: { PATH },
      }
      await assert.rejects(build(scratch.repository('app', app), options), { code })
    })

  it('refuses another set of platforms than was asked for', async () => {
    using scratch = new Scratch()
    const { prepared, metadata } = await prepare(scratch, ['linux/amd64'])
    const PATH = fakeDocker(scratch, prepared, metadata)
    const options = {
      to: join(scratch.path, 'out'),
      build: { builder: 'buildx', platforms: both },
      env: { PATH },
    }
    await assert.rejects(build(scratch.repository('app', app), options), {
      code: 'BUILDER_FAILED',
      message: /linux\/arm64/,
    })
  })

  it('says when docker is not there', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', app)
    const bin = join(scratch.path, 'only-git')
    mkdirSync(bin)
    writeFileSync(join(bin, 'git'), `#!/bin/sh\nPATH=${process.env.PATH} exec git "$@"\n`, { mode: 0o755 })
    const options = { to: join(scratch.path, 'out'), build: { builder: 'buildx' }, env: { PATH: bin } }
    await assert.rejects(build(root, options), { code: 'COMMAND_FAILED', where: 'docker' })
  })
})

describe('waybill build, prebuilt layout', () => {
  it('adopts the image and keeps its digest', async () => {
    using scratch = new Scratch()
    const { made, digest } = await prepare(scratch, both)
    const root = scratch.repository('app', app)
    for (const layout of ['../prepared', `../prepared@${digest}`]) {
      const built = await build(root, { to: join(scratch.path, 'out'), build: { builder: 'layout', layout } })
      assert.equal(built.image.root.descriptor.digest, digest)
      assert.deepEqual(built.image.platforms, made.image.platforms)
      assert.equal((await resolve(built.store, digest)).descriptor.digest, digest)
    }
  })

  it('adopts one platform alone, by tag', async () => {
    using scratch = new Scratch()
    const { made } = await prepare(scratch, both)
    const one = await resolve(made.store, made.image.platforms[1]!.digest)
    await made.store.putTag('one', one)
    const root = scratch.repository('app', app)
    const built = await build(root, {
      to: join(scratch.path, 'out'),
      build: { builder: 'layout', layout: '../prepared:one' },
    })
    assert.equal(built.image.root.descriptor.digest, one.descriptor.digest)
    assert.deepEqual(built.image.platforms, [made.image.platforms[1]])
  })

  it('refuses a layout with several images, one that is none, and changed bytes', async () => {
    using scratch = new Scratch()
    const { made, prepared } = await prepare(scratch, ['linux/amd64'])
    const root = scratch.repository('app', app)
    const adopt = (layout: string) =>
      build(root, { to: join(scratch.path, 'out'), build: { builder: 'layout', layout } })
    await assert.rejects(adopt('../nothing'), { exit: 2 })
    const { config } = made.image.platforms[0]!
    const path = join(prepared, 'blobs', 'sha256', config.slice(7))
    const bytes = readFileSync(path)
    writeFileSync(path, Buffer.from(bytes.toString().replace('amd64', 'arm64')))
    await assert.rejects(adopt('../prepared'), { code: 'DIGEST_MISMATCH' })
    writeFileSync(path, bytes)
    await build(scratch.repository('other', { a: 'a' }), { to: prepared })
    await assert.rejects(adopt('../prepared'), { code: 'BUILD_INVALID', message: /2 entries/ })
  })
})
