import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { buildFacts, provenance, waybillBuildParameters } from '../../src/attestation/index.ts'
import { digestOf, isDigest } from '../../src/oci/index.ts'
import type { ImageIndex, ImageManifest } from '../../src/oci/index.ts'
import { buildProvenance } from '../../src/pipeline/index.ts'
import { readBlob, resolve } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { build, COMMITTED, commitAll, Scratch } from '../support/build.ts'
import type { Built } from '../support/build.ts'

const tiny = { 'hello.txt': 'hello\n', 'bin/run.sh': '#!/bin/sh\necho hello\n' }
// Pinned: if this changes, every image of every user changes. See docs/reference/build-type.md.
const TINY_DIGEST = 'sha256:239a2fb066f8bcd0d984e8009d76d4c49e0ca60aaa45af53e58cf4f20cd1760d'

interface ImageConfig {
  readonly architecture: string
  readonly variant?: string
  readonly config: Readonly<Record<string, unknown>>
  readonly rootfs: { readonly diff_ids: readonly string[] }
  readonly history: readonly unknown[]
}

interface Opened {
  readonly index: ImageIndex
  readonly manifests: readonly ImageManifest[]
  readonly configs: readonly ImageConfig[]
}

async function open({ image, store }: Built): Promise<Opened> {
  const index = (await resolve(store, image.root.descriptor.digest)).manifest as ImageIndex
  const manifests = await Promise.all(
    index.manifests.map(async ({ digest }) => (await resolve(store, digest)).manifest as ImageManifest),
  )
  const configs = await Promise.all(manifests.map(async ({ config }) => readJson(store, config)))
  return { index, manifests, configs }
}

async function readJson(store: ImageStore, descriptor: ImageManifest['config']): Promise<ImageConfig> {
  return JSON.parse((await readBlob(store, descriptor, 1 << 20)).toString())
}

async function members(built: Built): Promise<Record<string, string>> {
  const { manifests } = await open(built)
  const bytes = await readBlob(built.store, manifests[0]!.layers.at(-1)!, 1 << 24)
  const reader = extract()
  reader.end(gunzipSync(bytes))
  const found: Record<string, string> = {}
  for await (const entry of reader) {
    const { name, mode, linkname } = entry.header
    found[name] = linkname ? `-> ${linkname}` : (mode ?? 0).toString(8)
    entry.resume()
  }
  return found
}

describe('waybill build, native', () => {
  it('makes an index over sorted platforms, with the source in its annotations', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', { ...tiny, 'package.json': '{"version":"1.4.0"}' })
    const built = await build(root, {
      to: join(scratch.path, 'out'),
      build: { platforms: ['linux/arm64', 'linux/amd64'] },
    })
    const { index, manifests, configs } = await open(built)
    assert.deepEqual(
      index.manifests.map(({ platform }) => platform?.architecture),
      ['amd64', 'arm64'],
    )
    assert.deepEqual(
      built.image.platforms.map(({ platform }) => platform),
      ['linux/amd64', 'linux/arm64'],
    )
    assert.deepEqual(index.annotations, {
      'org.opencontainers.image.created': COMMITTED,
      'org.opencontainers.image.title': 'ordersvc',
      'org.opencontainers.image.url': 'https://git.example.com/contoso/ordersvc',
      'org.opencontainers.image.source': 'https://git.example.com/contoso/ordersvc',
      'org.opencontainers.image.revision': built.image.source.commit,
      'org.opencontainers.image.version': '1.4.0',
    })
    assert.deepEqual(manifests[0]!.annotations, index.annotations)
    assert.equal(manifests[0]!.layers[0]!.digest, manifests[1]!.layers[0]!.digest)
    assert.equal(configs[1]!.architecture, 'arm64')
    const layer = await readBlob(built.store, manifests[0]!.layers[0]!, 1 << 20)
    assert.deepEqual(configs[0]!.rootfs.diff_ids, [digestOf(gunzipSync(layer))])
    assert.deepEqual(await built.store.tags(), [], 'no tag')
  })

  it('gives the pinned digest for a pinned input', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', tiny)
    const { image } = await build(root, { to: join(scratch.path, 'out') })
    assert.equal(image.root.descriptor.digest, TINY_DIGEST)
  })

  it('gives the same digest whatever the machine: place, umask, times, order, locale, time zone', async () => {
    using scratch = new Scratch()
    const names = Array.from(
      { length: 40 },
      (_, at) => [`f${at}-ä-${'x'.repeat(at * 4)}.txt`, `${at}`] as const,
    )
    const files = Object.fromEntries([...Object.entries(tiny), ...names])
    const backwards = Object.fromEntries(Object.entries(files).toReversed())
    const first = scratch.repository('one', files)
    const old = process.umask(0o077)
    const second = scratch.repository('two/deeper', backwards)
    process.umask(old)
    for (const path of Object.keys(files)) {
      utimesSync(join(second, path), 1, 1)
      chmodSync(join(second, path), 0o600)
    }
    const before = { TZ: process.env.TZ, LANG: process.env.LANG }
    const one = await build(first, { to: join(scratch.path, 'out1') })
    Object.assign(process.env, { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8' })
    const two = await build(second, {
      to: join(scratch.path, 'out2'),
      env: { TZ: 'Asia/Kathmandu' },
    }).finally(() => {
      for (const [name, value] of Object.entries(before))
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
    })
    assert.equal(one.image.root.descriptor.digest, two.image.root.descriptor.digest)
  })

  it('keeps execute bits, links inside and nothing it was told to leave', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', {
      ...tiny,
      'logs/a.log': 'x',
      'logs/keep.log': 'x',
      'test/t.js': 'x',
      '.dockerignore': '# comment\ntest\n.dockerignore\n',
      'node_modules/.cache/x': 'x',
    })
    chmodSync(join(root, 'bin/run.sh'), 0o744)
    symlinkSync('../hello.txt', join(root, 'bin/hello'))
    commitAll(root)
    const built = await build(root, {
      to: join(scratch.path, 'out'),
      build: { exclude: ['logs'], include: ['logs/keep.log'], target: '/srv/app' },
    })
    assert.deepEqual(await members(built), {
      'srv/app/': '755',
      'srv/app/bin/': '755',
      'srv/app/bin/hello': '-> ../hello.txt',
      'srv/app/bin/run.sh': '755',
      'srv/app/hello.txt': '644',
      'srv/app/logs/': '755',
      'srv/app/logs/keep.log': '644',
      'srv/app/node_modules/': '755',
    })
  })

  it('leaves secrets out and says so; only include brings one back', async () => {
    using scratch = new Scratch()
    const secrets = { '.env': 'A=1', '.env.production': 'A=1', 'tls/server.key': 'k', '.npmrc': 't' }
    const root = scratch.repository('app', { ...tiny, ...secrets, '.dockerignore': '!.npmrc\n' })
    const built = await build(root, {
      to: join(scratch.path, 'out'),
      build: { include: ['.env.production'] },
    })
    const found = Object.keys(await members(built))
    assert.ok(found.includes('app/.env.production'))
    for (const path of ['.env', 'tls/server.key', '.npmrc', '.git/HEAD'])
      assert.ok(!found.includes(`app/${path}`), path)
    assert.deepEqual(built.warnings, ['SECRETS_LEFT_OUT', 'BAKED_IN_CONFIGURATION'])
  })

  it('does not put the layout it writes into the next build', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', { ...tiny, '.gitignore': 'out\n' })
    const one = await build(root, { to: join(root, 'out') })
    const two = await build(root, { to: join(root, 'out') })
    assert.equal(one.image.root.descriptor.digest, two.image.root.descriptor.digest)
  })

  for (const target of ['../outside', '/etc/passwd', 'a/../../outside'])
    it(`refuses a link to ${target}`, async () => {
      using scratch = new Scratch()
      const root = scratch.repository('app', tiny)
      symlinkSync(target, join(root, 'link'))
      await assert.rejects(build(root, { to: join(scratch.path, 'out') }), {
        code: 'CONTEXT_ESCAPE',
        exit: 2,
      })
      const built = await build(root, { to: join(scratch.path, 'out'), build: { exclude: ['link'] } })
      assert.ok(!Object.keys(await members(built)).includes('app/link'))
    })

  it('does not follow a linked directory', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', tiny)
    symlinkSync('bin', join(root, 'sbin'))
    const found = await members(await build(root, { to: join(scratch.path, 'out') }))
    assert.equal(found['app/sbin'], '-> bin')
    assert.equal(found['app/sbin/run.sh'], undefined)
  })

  it('refuses a folder that is missing, empty, or holds a pipe', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', tiny)
    mkdirSync(join(root, 'empty'))
    const to = join(scratch.path, 'out')
    await assert.rejects(build(root, { to, build: { context: 'empty' } }), { code: 'CONTEXT_UNUSABLE' })
    await assert.rejects(build(root, { to, build: { exclude: ['**'] } }), { code: 'CONTEXT_UNUSABLE' })
    execFileSync('mkfifo', [join(root, 'pipe')])
    await assert.rejects(build(root, { to }), { code: 'CONTEXT_UNUSABLE', message: /pipe/ })
    await assert.rejects(build(root, { to, build: { context: 'nowhere' } }), { code: 'CONTEXT_UNUSABLE' })
  })

  it('builds an npm app without its development packages', async () => {
    using scratch = new Scratch()
    const lock = { packages: { 'node_modules/left': {}, 'node_modules/mocha': { dev: true } } }
    const root = scratch.repository('app', {
      'package.json': '{"name":"a","version":"2.0.0","main":"src/main.js"}',
      'src/main.js': '',
      'node_modules/.package-lock.json': JSON.stringify(lock),
      'node_modules/left/index.js': '',
      'node_modules/left/cli.js': '',
      'node_modules/mocha/mocha.js': '',
    })
    mkdirSync(join(root, 'node_modules/.bin'))
    symlinkSync('../left/cli.js', join(root, 'node_modules/.bin/left'))
    symlinkSync('../mocha/mocha.js', join(root, 'node_modules/.bin/mocha'))
    commitAll(root)
    const found = Object.keys(await members(await build(root, { to: join(scratch.path, 'out') })))
    assert.ok(found.includes('app/node_modules/left/index.js'))
    assert.ok(found.includes('app/node_modules/.bin/left'))
    assert.ok(!found.some((path) => path.includes('mocha')), found.join())
  })

  it('says when machine code goes into several platforms', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', { 'addon.node': 'x' })
    const platforms = ['linux/amd64', 'linux/arm64']
    assert.deepEqual((await build(root, { to: join(scratch.path, 'a'), build: { platforms } })).warnings, [
      'NATIVE_ADDON',
    ])
    assert.deepEqual((await build(root, { to: join(scratch.path, 'b') })).warnings, [])
  })

  it('takes SOURCE_DATE_EPOCH over the time of the commit', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', tiny)
    const { image } = await build(root, {
      to: join(scratch.path, 'out'),
      env: { SOURCE_DATE_EPOCH: '86400' },
    })
    assert.equal(image.root.manifest.annotations['org.opencontainers.image.created'], '1970-01-02T00:00:00Z')
    const bad = { to: join(scratch.path, 'out'), env: { SOURCE_DATE_EPOCH: 'today' } }
    await assert.rejects(build(root, bad), { code: 'BUILD_INVALID', where: 'SOURCE_DATE_EPOCH' })
  })
})

describe('waybill build, on a base image', () => {
  async function base(scratch: Scratch, platforms: readonly string[]) {
    const root = scratch.repository('base-src', { 'etc/os-release': 'ID=test\n' })
    const to = join(scratch.path, 'base')
    const settings = {
      environment: { PATH: '/bin', LANG: 'C' },
      user: '1000',
      command: ['/bin/sh'],
      target: '/',
    }
    return build(root, {
      to,
      build: { platforms, ...settings, workingDirectory: '/', labels: { base: 'yes' } },
    })
  }

  it('keeps the base per platform and adds one layer, config and history', async () => {
    using scratch = new Scratch()
    const below = await base(scratch, ['linux/amd64', 'linux/arm64'])
    const root = scratch.repository('app', tiny)
    const built = await build(root, {
      to: join(scratch.path, 'out'),
      build: {
        base: 'layout:../base',
        platforms: ['linux/arm64/v8', 'linux/amd64'],
        environment: { PORT: '8080', LANG: 'C.UTF-8' },
        entrypoint: ['/app/bin/run.sh'],
        labels: { app: 'ordersvc' },
      },
    })
    const { index, manifests, configs } = await open(built)
    const before = await open(below)
    assert.equal(
      index.annotations['org.opencontainers.image.base.digest'],
      below.image.root.descriptor.digest,
    )
    assert.equal(index.annotations['org.opencontainers.image.base.name'], 'layout:../base')
    assert.deepEqual(manifests[0]!.layers[0], before.manifests[0]!.layers[0])
    assert.equal(manifests[0]!.layers.length, 2)
    assert.deepEqual(configs[0]!.config, {
      User: '1000',
      Env: ['LANG=C.UTF-8', 'PATH=/bin', 'PORT=8080'],
      Entrypoint: ['/app/bin/run.sh'],
      WorkingDir: '/app',
      Labels: { base: 'yes', app: 'ordersvc' },
    })
    assert.equal(configs[0]!.history.length, 2)
    assert.equal(configs[0]!.rootfs.diff_ids[0], before.configs[0]!.rootfs.diff_ids[0])
    assert.deepEqual([configs[1]!.architecture, configs[1]!.variant], ['arm64', 'v8'])
    assert.deepEqual(built.warnings, ['BASE_NOT_PINNED'])
    assert.deepEqual(built.image.bases, [
      { name: 'layout:../base', digest: below.image.root.descriptor.digest },
    ])
  })

  it('runs the main file of an npm app when nothing else is said', async () => {
    using scratch = new Scratch()
    const below = await base(scratch, ['linux/amd64'])
    const root = scratch.repository('app', { 'package.json': '{"main":"src/main.js"}', 'src/main.js': '' })
    const pinned = `layout:../base@${below.image.root.descriptor.digest}`
    const built = await build(root, { to: join(scratch.path, 'out'), build: { base: pinned } })
    assert.deepEqual((await open(built)).configs[0]!.config.Cmd, ['node', 'src/main.js'])
    assert.deepEqual(built.warnings, [])
  })

  it('refuses a base that lacks a platform, naming those it has', async () => {
    using scratch = new Scratch()
    await base(scratch, ['linux/amd64'])
    const root = scratch.repository('app', tiny)
    const options = {
      to: join(scratch.path, 'out'),
      build: { base: 'layout:../base', platforms: ['linux/riscv64'] },
    }
    await assert.rejects(build(root, options), {
      code: 'BASE_UNUSABLE',
      message: /linux\/amd64.*linux\/riscv64/,
    })
  })

  it('refuses a base with changed bytes', async () => {
    using scratch = new Scratch()
    const below = await base(scratch, ['linux/amd64'])
    const { manifests } = await open(below)
    const layer = manifests[0]!.layers[0]!
    const path = join(scratch.path, 'base', 'blobs', 'sha256', layer.digest.slice(7))
    const bytes = readFileSync(path)
    bytes[40] = bytes[40]! ^ 1
    writeFileSync(path, bytes)
    const root = scratch.repository('app', tiny)
    const options = { to: join(scratch.path, 'out'), build: { base: 'layout:../base' } }
    await assert.rejects(build(root, options), { code: 'DIGEST_MISMATCH' })
  })
})

describe('waybill build, source and provenance', () => {
  const commitOf = (built: Built) => built.image.source.commit

  it('says where the image comes from', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', tiny)
    const built = await build(root, {
      to: join(scratch.path, 'out'),
      spec: { stated: { ref: 'main', event: 'push' } },
    })
    const predicate = provenance.parse(buildProvenance(built.image, '0.1.0'))
    waybillBuildParameters.parse(predicate.buildDefinition.externalParameters)
    const { parameters, understood, ...facts } = buildFacts(predicate) ?? {}
    assert.deepEqual(
      Object.keys(parameters ?? {}).filter((name) => !understood?.includes(name)),
      [],
    )
    assert.deepEqual(facts, {
      source: 'https://git.example.com/contoso/ordersvc',
      commit: commitOf(built),
      ref: 'refs/heads/main',
      branch: 'main',
      event: 'push',
      builderId: 'https://waybill.dev/builders/local',
      buildType: 'https://waybill.dev/build/v1',
      author: 'ada@example.com',
      actor: undefined,
      dirty: false,
      isProtected: undefined,
      runner: undefined,
      workflow: undefined,
      isHearsay: false,
      invocation: undefined,
      finishedOn: built.image.finishedOn,
      issuer: undefined,
      vouched: [],
    })
  })

  it('takes a CI job at its word only about the commit that is checked out', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', tiny)
    const to = join(scratch.path, 'out')
    const commit = commitOf(await build(root, { to }))
    const job = {
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_REF: 'refs/pull/101/merge',
      GITHUB_RUN_ID: '5',
    }
    const inJob = await build(root, { to, env: { ...job, GITHUB_SHA: commit } })
    assert.equal(inJob.image.source.pullRequest, '101')
    assert.equal(inJob.image.source.event, 'pull-request')
    const other = { ...job, GITHUB_SHA: '0'.repeat(40) }
    await assert.rejects(build(root, { to, env: other }), { code: 'SOURCE_MISMATCH', exit: 2 })
    const stated = { commit, ref: 'refs/heads/main', event: 'push' } as const
    const own = await build(root, { to, env: other, spec: { stated } })
    assert.deepEqual([own.image.source.event, own.image.source.ref], ['push', 'refs/heads/main'])
    assert.equal(own.image.source.pullRequest, undefined)
    // Whoever builds the head of the branch in a job about the merge commit builds a pull request all the same.
    const head = await build(root, { to, env: other, spec: { stated: { commit } } })
    assert.equal(head.image.source.event, 'pull-request')
    const loud = await build(root, {
      to,
      env: { ...job, GITHUB_SHA: commit },
      spec: { stated: { commit: commit.toUpperCase() } },
    })
    assert.equal(loud.image.source.event, 'pull-request')
    const denied = build(root, {
      to,
      env: { ...job, GITHUB_SHA: commit },
      spec: { stated: { event: 'push' } },
    })
    await assert.rejects(denied, { code: 'SOURCE_MISMATCH', message: /pull request/ })
  })

  it('marks what is not as committed', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', tiny)
    writeFileSync(join(root, 'hello.txt'), 'changed')
    const built = await build(root, { to: join(scratch.path, 'out') })
    assert.equal(built.image.source.dirty, true)
  })

  it('needs git, or all 40 digits of a commit on trust', async () => {
    using scratch = new Scratch()
    const root = scratch.files('plain', tiny)
    const to = join(scratch.path, 'out')
    const env = { GIT_CEILING_DIRECTORIES: scratch.path }
    const source = 'https://git.example.com/contoso/ordersvc'
    await assert.rejects(build(root, { to, env }), { code: 'SOURCE_UNREADABLE' })
    const short = { stated: { commit: 'abcdef1' }, source }
    await assert.rejects(build(root, { to, env, spec: short }), { code: 'SOURCE_UNKNOWN', message: /40/ })
    const commit = 'a'.repeat(40)
    await assert.rejects(build(root, { to, env, spec: { stated: { commit } } }), { code: 'SOURCE_UNKNOWN' })
    const built = await build(root, { to, env, spec: { stated: { commit }, source } })
    assert.deepEqual(built.warnings, ['SOURCE_UNCHECKED'])
    assert.equal(commitOf(built), commit)
    assert.ok(isDigest(built.image.root.descriptor.digest))
  })
})
