import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { serveRegistry } from '../../src/embedded/index.ts'
import { parseRepository } from '../../src/oci/index.ts'
import { RegistryClient, resolve } from '../../src/registry/index.ts'
import { buildahEnv } from '../support/buildah.ts'
import { build, Scratch } from '../support/build.ts'
import type { BuildOptions } from '../support/build.ts'
import { temporaryDirectory } from '../support/embedded-registry.ts'
import { findTool } from '../support/outside-tool.ts'

const both = ['linux/arm64', 'linux/amd64']
const [ko, mvn, buildah, go] = await Promise.all(['ko', 'mvn', 'buildah', 'go'].map(findTool))

/** Builds twice: the digest must be the same. */
async function twice(root: string, scratch: Scratch, options: Omit<BuildOptions, 'to'>) {
  const one = await build(root, { ...options, to: join(scratch.path, 'one') })
  const two = await build(root, { ...options, to: join(scratch.path, 'two') })
  assert.equal(two.image.root.descriptor.digest, one.image.root.descriptor.digest)
  return one
}

function platformsOf(built: Awaited<ReturnType<typeof build>>) {
  return built.image.platforms.map(({ platform }) => platform)
}

describe('ko', { skip: ko && go ? false : 'ko and go not installed' }, () => {
  it('builds a Go program for two platforms upon a base, pushes nothing, and says what the base is', async (t) => {
    using scratch = new Scratch()
    const pushed: string[] = []
    const registry = await serveRegistry({
      root: await temporaryDirectory(t),
      onRequest: ({ method, path }) =>
        method !== 'GET' && method !== 'HEAD' && pushed.push(`${method} ${path}`),
    })
    t.after(() => registry.close())
    const client = new RegistryClient({})
    t.after(() => client.close())
    const store = client.repository(parseRepository(`${registry.address}/base`))
    const base = await build(scratch.repository('base', { base: 'base' }), {
      to: store,
      build: { platforms: both },
    })
    await store.putTag('static', base.image.root)
    pushed.length = 0
    const root = scratch.repository('app', {
      'go.mod': 'module example.com/ordersvc\n\ngo 1.24\n',
      'cmd/ordersvc/main.go': 'package main\n\nfunc main() { println("orders") }\n',
    })
    const built = await twice(root, scratch, {
      build: { builder: 'ko', platforms: both, program: ko, main: './cmd/ordersvc' },
      env: {
        PATH: process.env.PATH,
        HOME: scratch.path,
        GOCACHE: process.env.GOCACHE ?? join(homedir(), '.cache/go-build'),
        GOFLAGS: '-mod=mod -modcacherw',
        GOTOOLCHAIN: 'local',
        KO_DEFAULTBASEIMAGE: `${registry.address}/base:static`,
      },
    })
    assert.deepEqual(platformsOf(built), ['linux/amd64', 'linux/arm64'])
    assert.deepEqual(pushed, [])
    assert.ok(built.image.bases.length > 0)
    for (const { name } of built.image.bases) assert.equal(name, `${registry.address}/base:static`)
  })
})

describe('jib', { skip: mvn ? false : 'mvn not installed' }, () => {
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>com.example</groupId><artifactId>ordersvc</artifactId><version>1.4.0</version>
<properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target>
<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
<build><plugins><plugin><groupId>com.google.cloud.tools</groupId><artifactId>jib-maven-plugin</artifactId>
<version>3.4.6</version><configuration><from><image>scratch</image></from></configuration></plugin></plugins></build>
</project>
`
  it('builds a Java program for two platforms without pushing', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', {
      'pom.xml': pom,
      '.gitignore': 'target/\n',
      'src/main/java/orders/Main.java':
        'package orders;\n\npublic class Main {\n  public static void main(String[] words) {}\n}\n',
    })
    const built = await twice(root, scratch, {
      build: { builder: 'jib', platforms: both },
      env: { PATH: process.env.PATH, HOME: homedir() },
    })
    assert.deepEqual(platformsOf(built), ['linux/amd64', 'linux/arm64'])
    assert.equal(built.image.source.dirty, false)
  })
})

describe(
  'buildah with arguments, secrets and stages',
  { skip: buildah ? false : 'buildah not installed' },
  () => {
    it('passes them on; a secret is in no layer', async () => {
      using scratch = new Scratch()
      const root = scratch.repository('app', {
        Dockerfile:
          'FROM scratch AS first\nARG VERSION=none\nLABEL version=$VERSION\nCOPY a.txt /\nFROM first AS last\nCOPY b.txt /\n',
        'a.txt': 'a',
        'b.txt': 'b',
        token: 'very secret',
      })
      const built = await twice(root, scratch, {
        build: {
          builder: 'buildah',
          target: 'first',
          buildArgs: { VERSION: '1.4.0' },
          secrets: { token: { file: 'token' }, other: { env: 'OTHER_TOKEN' } },
          arguments: ['--label=team=orders'],
        },
        env: { ...buildahEnv(scratch.path), OTHER_TOKEN: 'other' },
      })
      const [platform] = built.image.platforms
      assert.ok(platform)
      const { manifest } = await resolve(built.store, platform.digest)
      assert.ok(manifest.kind === 'manifest' && manifest.layers.length === 1, 'the stage first')
      const config = execFileSync('cat', [
        join(scratch.path, 'one/blobs/sha256', platform.config.slice(7)),
      ]).toString()
      assert.match(config, /"version":"1.4.0"/)
      assert.match(config, /"team":"orders"/)
    })

    it('builds a release branch without layers of earlier builds', async () => {
      using scratch = new Scratch()
      const root = scratch.repository('app', { Dockerfile: 'FROM scratch\nCOPY a.txt /\n', 'a.txt': 'a' })
      const built = await twice(root, scratch, {
        build: { builder: 'buildah' },
        env: buildahEnv(scratch.path),
        spec: { stated: { ref: 'refs/heads/release/v1.4.0' } },
      })
      assert.deepEqual(platformsOf(built), ['linux/amd64'])
    })

    it('says which image a Dockerfile stands on, and finds a file of one environment before it is pushed', async (t) => {
      using scratch = new Scratch()
      const registry = await serveRegistry({ root: await temporaryDirectory(t) })
      t.after(() => registry.close())
      const client = new RegistryClient({})
      t.after(() => client.close())
      const store = client.repository(parseRepository(`${registry.address}/base`))
      const base = await build(scratch.repository('base', { base: 'base' }), { to: store })
      await store.putTag('24', base.image.root)
      const root = scratch.repository('app', {
        Dockerfile: `FROM ${registry.address}/base:24\nCOPY a.txt .env.production /\n`,
        'a.txt': 'a',
        '.env.production': 'API=https://api.example.com\n',
      })
      const built = await build(root, {
        to: client.repository(parseRepository(`${registry.address}/app`)),
        build: { builder: 'buildah', arguments: ['--tls-verify=false'] },
        env: buildahEnv(scratch.path),
      })
      const warned = built.steps.flatMap((step) => (step.kind === 'warning' ? [step.message] : []))
      assert.match(warned.join('\n'), /^\.env\.production \(a layer\) holds the settings of one environment/m)
      const [used] = built.image.bases
      assert.equal(used?.name, `${registry.address}/base:24`)
      assert.ok(await store.manifest(used?.digest ?? ''), 'the digest is one of the base image')
    })
  },
)
