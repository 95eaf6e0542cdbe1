import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isAttestationEntry, mediaTypes } from '../../src/oci/index.ts'
import type { ImageIndex } from '../../src/oci/index.ts'
import { resolveImage } from '../../src/assessment/index.ts'
import { copyClosure, openLayout, resolve } from '../../src/registry/index.ts'
import type { StoredManifest } from '../../src/registry/index.ts'
import { digestOf, manifestBytes, parseManifest } from '../../src/oci/index.ts'
import { build, Scratch } from '../support/build.ts'
import { fakeBuilder } from '../support/fake-builder.ts'

const app = { Dockerfile: 'FROM scratch\nARG APP_ENV\nCOPY hello.txt /\n', 'hello.txt': 'hello\n' }
const both = ['linux/arm64', 'linux/amd64']
const pull = {
  commit: undefined,
  ref: 'refs/pull/101/merge',
  event: 'pull-request',
  pullRequest: '101',
} as const

/** A layout that a builder could have made, with its metadata file. */
async function prepare(scratch: Scratch, platforms: readonly string[]) {
  const prepared = join(scratch.path, 'prepared')
  const made = await build(scratch.repository('made', { 'hello.txt': 'hello\n' }), {
    to: prepared,
    build: { platforms },
  })
  return { made, prepared, digest: made.image.root.descriptor.digest }
}

const BUILDX = [
  'buildx',
  'build',
  '--builder=*',
  '--progress=plain',
  '--platform=*',
  '--file=*',
  '--output=type=oci,*',
  '--metadata-file=*',
  '--provenance=mode=max|--provenance=mode=min|--provenance=false',
  '--sbom=true|--sbom=false',
  '--target=*',
  '--build-arg=*=*',
  '--secret=id=*',
  '--cache-from=type=*',
  '--cache-to=type=*',
  '--no-cache|--pull',
  '/*',
]

function fakeDocker(scratch: Scratch, prepared: string, digest: string) {
  return fakeBuilder(
    scratch,
    'docker',
    BUILDX,
    `dest=\${output#type=oci,dest=}; cp -r ${prepared} "\${dest%%,*}"
printf '{"containerimage.digest":"${digest}"}' > "$metadata_file"`,
  )
}

describe('waybill build, docker buildx with everything (a stand-in that keeps its contract)', () => {
  const options = {
    builder: 'buildx',
    platforms: both,
    instance: 'ci',
    target: 'runtime',
    buildArgs: { VERSION: '1.4.0' },
    secrets: { npm: { env: 'NPM_TOKEN' }, cert: { file: 'tls/ca.pem' } },
    cache: { type: 'registry', ref: 'registry.example.com/cache/ordersvc' },
  }
  const run = async (scratch: Scratch, more: object, stated?: object) => {
    const { prepared, digest } = await prepare(scratch, both)
    const fake = fakeDocker(scratch, prepared, digest)
    const root = scratch.repository('app', app)
    const built = await build(root, {
      to: join(scratch.path, 'out'),
      build: { ...options, ...more },
      env: { PATH: fake.PATH, NPM_TOKEN: 'secret' },
      ...(stated && { spec: { stated } }),
    })
    return { built, root, words: fake.call().arguments }
  }

  it('passes instance, stage, arguments, secrets and cache', async () => {
    using scratch = new Scratch()
    const { words, root, built } = await run(scratch, {})
    for (const word of [
      '--builder=ci',
      '--target=runtime',
      '--build-arg=VERSION=1.4.0',
      '--secret=id=npm,env=NPM_TOKEN',
      `--secret=id=cert,src=${root}/tls/ca.pem`,
      '--cache-from=type=registry,ref=registry.example.com/cache/ordersvc',
      '--cache-to=type=registry,ref=registry.example.com/cache/ordersvc,mode=max',
    ])
      assert.ok(words.includes(word), word)
    assert.ok(!words.some((word) => word.includes('secret') && word.includes('=secret')), 'no secret in argv')
    assert.deepEqual(built.warnings, ['BAKED_IN_CONFIGURATION'], 'ARG APP_ENV')
  })

  it('reads the cache for a pull request and writes nothing into it, unless told to', async () => {
    using scratch = new Scratch()
    const first = await run(scratch, {}, pull)
    assert.ok(first.words.some((word) => word.startsWith('--cache-from=')))
    assert.ok(!first.words.some((word) => word.startsWith('--cache-to=')))
    using again = new Scratch()
    const cache = { ...options.cache, pullRequests: 'write' }
    assert.ok((await run(again, { cache }, pull)).words.some((word) => word.startsWith('--cache-to=')))
  })

  for (const [ref, fresh, isFresh] of [
    ['refs/heads/release/1.4', undefined, true],
    ['refs/heads/main', undefined, false],
    ['refs/heads/main', ['main', 'v*'], true],
    ['refs/tags/v1.4.0', ['main', 'v*'], true],
    ['refs/heads/release/1.4', [], false],
  ] as const)
    it(`${ref} is built ${isFresh ? 'without' : 'with'} a cache where fresh is ${fresh ? JSON.stringify(fresh) : 'not given'}`, async () => {
      using scratch = new Scratch()
      const { words } = await run(scratch, fresh ? { fresh } : {}, { ref })
      assert.equal(words.includes('--no-cache') && words.includes('--pull'), isFresh)
      assert.equal(
        words.some((word) => word.startsWith('--cache-')),
        !isFresh,
      )
    })

  it('stops before it starts when a secret is not set', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', app)
    const secrets = { npm: { env: 'NPM_TOKEN' } }
    const refused = { code: 'BUILD_INVALID', message: /NPM_TOKEN/ }
    const one = { to: join(scratch.path, 'out'), build: { builder: 'buildx', secrets } }
    await assert.rejects(build(root, one), refused)
  })
})

describe('waybill build, attestations of BuildKit', () => {
  /** What BuildKit 0.32 adds to an index: an artifact about each platform, listed for unknown/unknown. */
  async function attested(scratch: Scratch, subjectOf: (child: StoredManifest) => string) {
    const { prepared, made } = await prepare(scratch, both)
    const store = await openLayout(prepared)
    const index = made.image.root.manifest as ImageIndex
    const entries: object[] = []
    for (const { digest } of index.manifests) {
      const child = await resolve(store, digest)
      const statement = Buffer.from(`{"_type":"https://in-toto.io/Statement/v0.1","about":"${digest}"}`)
      const layer = {
        mediaType: 'application/vnd.in-toto+json',
        digest: digestOf(statement),
        size: statement.length,
      }
      await store.putBlob(layer, async () =>
        (async function* () {
          yield statement
        })(),
      )
      const empty = Buffer.from('{}')
      const config = { mediaType: mediaTypes.ociEmpty, digest: digestOf(empty), size: 2 }
      await store.putBlob(config, async () =>
        (async function* () {
          yield empty
        })(),
      )
      const stored = stores({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
        config,
        layers: [layer],
        subject: child.descriptor,
      })
      await store.putManifest(stored)
      entries.push({
        ...stored.descriptor,
        annotations: {
          'vnd.docker.reference.digest': subjectOf(child),
          'vnd.docker.reference.type': 'attestation-manifest',
        },
        platform: { architecture: 'unknown', os: 'unknown' },
      })
    }
    const root = stores({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [...index.manifests, ...entries],
    })
    await store.putManifest(root)
    return { prepared, digest: root.descriptor.digest, platforms: made.image.platforms }
  }

  function stores(json: Record<string, unknown> & { mediaType: string }): StoredManifest {
    const bytes = manifestBytes(json)
    const digest = digestOf(bytes)
    const descriptor = { mediaType: json.mediaType, digest, size: bytes.length }
    return { descriptor, bytes, manifest: parseManifest(bytes, json.mediaType, digest) }
  }

  const attestations = { provenance: 'max', sbom: true }

  it('keeps them beside the platforms; they are copied and taken for no platform', async () => {
    using scratch = new Scratch()
    const { prepared, digest, platforms } = await attested(scratch, (child) => child.descriptor.digest)
    const fake = fakeDocker(scratch, prepared, digest)
    const built = await build(scratch.repository('app', app), {
      to: join(scratch.path, 'out'),
      build: { builder: 'buildx', platforms: both, attestations },
      env: { PATH: fake.PATH },
    })
    assert.ok(fake.call().arguments.includes('--provenance=mode=max'))
    assert.ok(fake.call().arguments.includes('--sbom=true'))
    assert.deepEqual(built.image.platforms, platforms)
    const { digest: root } = built.image.root.descriptor
    const copy = await openLayout(join(scratch.path, 'copy'), { create: true })
    await copyClosure({ source: built.store, destination: copy, root })
    const index = (await resolve(copy, root)).manifest as ImageIndex
    assert.deepEqual(index.manifests.map(isAttestationEntry), [false, false, true, true])
    for (const entry of index.manifests) assert.ok(await copy.manifest(entry.digest), entry.digest)
    const image = await resolveImage(copy, root)
    assert.deepEqual(
      image.platforms.map(({ platform }) => platform.architecture),
      ['amd64', 'arm64'],
    )
  })

  it('leaves out what nobody asked for, and misses what was asked for', async () => {
    using scratch = new Scratch()
    const { prepared, digest } = await attested(scratch, (child) => child.descriptor.digest)
    const { PATH } = fakeDocker(scratch, prepared, digest)
    const options = { to: join(scratch.path, 'out'), env: { PATH } }
    const plain = { builder: 'buildx', platforms: both }
    const built = await build(scratch.repository('app', app), { ...options, build: plain })
    assert.equal((built.image.root.manifest as ImageIndex).manifests.length, 2)
    using other = new Scratch()
    const wrong = await attested(other, () => `sha256:${'0'.repeat(64)}`)
    const fake = fakeDocker(other, wrong.prepared, wrong.digest)
    await assert.rejects(
      build(other.repository('app', app), {
        to: join(other.path, 'out'),
        build: { ...plain, attestations },
        env: { PATH: fake.PATH },
      }),
      { code: 'BUILDER_FAILED', message: /no attestations/ },
    )
  })
})

describe('waybill build, kaniko (a stand-in that keeps its contract)', () => {
  const KANIKO = [
    '--context=dir:///*',
    '--dockerfile=/*',
    '--custom-platform=*',
    '--no-push',
    '--oci-layout-path=/*',
    '--digest-file=/*',
    '--ignore-path=/*',
    '--reproducible',
    '--target=*',
    '--build-arg=*=*',
    '--cache=true',
    '--cache-repo=*',
    '--no-push-cache',
    '--verbosity=*',
  ]
  const work = (prepared: string, digest: string) =>
    `cp -r ${prepared} "$oci_layout_path"; printf ${digest} > "$digest_file"`
  const block = {
    builder: 'kaniko',
    buildArgs: { VERSION: '1.4.0' },
    target: 'runtime',
    cache: { type: 'registry', ref: 'registry.example.com/cache' },
    arguments: ['--verbosity=info'],
  }

  it('builds one platform into a layout, with a fork under another name', async () => {
    using scratch = new Scratch()
    const { prepared, digest, made } = await prepare(scratch, ['linux/amd64'])
    const fake = fakeBuilder(scratch, 'kaniko-fork', KANIKO, work(prepared, digest))
    const root = scratch.repository('app', app)
    const built = await build(root, {
      to: join(scratch.path, 'out'),
      build: { ...block, program: 'kaniko-fork' },
      env: { PATH: fake.PATH },
      spec: { stated: pull },
    })
    assert.deepEqual(built.image.platforms, made.image.platforms)
    assert.equal(built.image.root.manifest.kind, 'index')
    const said = fake.call().arguments
    for (const word of [
      '--target=runtime',
      '--build-arg=VERSION=1.4.0',
      '--cache-repo=registry.example.com/cache',
      '--no-push-cache',
      '--custom-platform=linux/amd64',
      `--context=dir://${root}`,
    ])
      assert.ok(said.includes(word), word)
  })

  it('refuses a digest file that says something else', async () => {
    using scratch = new Scratch()
    const { prepared } = await prepare(scratch, ['linux/amd64'])
    const fake = fakeBuilder(scratch, 'executor', KANIKO, work(prepared, `sha256:${'0'.repeat(64)}`))
    const options = { to: join(scratch.path, 'out'), build: { builder: 'kaniko' }, env: { PATH: fake.PATH } }
    await assert.rejects(build(scratch.repository('app', app), options), {
      code: 'BUILDER_FAILED',
      message: /digest file/,
    })
  })
})

describe('waybill build, ko and jib (stand-ins that keep their contracts)', () => {
  it('ko is given a repository it may not push to, and the packages to build', async () => {
    using scratch = new Scratch()
    const { prepared, made } = await prepare(scratch, both)
    const known = [
      'build',
      '--push=false',
      '--oci-layout-path=/*',
      '--platform=linux/*',
      '--sbom=none',
      '--bare',
      './cmd/*',
    ]
    const fake = fakeBuilder(scratch, 'ko', known, `cp -r ${prepared} "$oci_layout_path"`)
    const root = scratch.repository('app', { 'go.mod': 'module example.com/ordersvc\n' })
    const built = await build(root, {
      to: join(scratch.path, 'out'),
      build: { builder: 'ko', platforms: both, main: './cmd/ordersvc' },
      env: { PATH: fake.PATH, KO_DOCKER_REPO: 'registry.example.com/elsewhere' },
    })
    assert.deepEqual(built.image.platforms, made.image.platforms)
    assert.match(fake.call().environment, /^KO_DOCKER_REPO=localhost\/ordersvc$/m)
    assert.match(fake.call().environment, /^SOURCE_DATE_EPOCH=1770091506$/m)
  })

  const MAVEN = ['--batch-mode', '--quiet', '-Dstyle.color=never', 'compile', 'jib:buildTar', '-Djib.*=*']
  const GRADLE = ['--console=plain', '--quiet', 'jibBuildTar', '-Djib.*=*']
  const jib = (archive: string, digest: string, pushed = false) =>
    `test "$jib_container_format" = OCI; cp ${archive} "$jib_outputPaths_tar"
printf '{"image":"ordersvc","imageDigest":"${digest}","imagePushed":${pushed}}' > "$jib_outputPaths_imageJson"`

  async function archived(scratch: Scratch) {
    const { prepared, made, digest } = await prepare(scratch, ['linux/amd64'])
    const archive = join(scratch.path, 'image.tar')
    execFileSync('tar', ['cf', archive, '-C', prepared, '.'])
    return { made, archive, digest }
  }

  for (const [tool, program, known] of [
    ['maven', 'mvn', MAVEN],
    ['gradle', 'gradle', GRADLE],
  ] as const)
    it(`jib writes an archive with ${tool}, which is taken apart`, async () => {
      using scratch = new Scratch()
      const { made, archive, digest } = await archived(scratch)
      const fake = fakeBuilder(scratch, program, known, jib(archive, digest))
      const built = await build(scratch.repository('app', { a: 'a' }), {
        to: join(scratch.path, 'out'),
        build: { builder: 'jib', tool },
        env: { PATH: fake.PATH },
      })
      assert.deepEqual(built.image.platforms, made.image.platforms)
      assert.ok(fake.call().arguments.includes('-Djib.from.platforms=linux/amd64'))
    })

  const broken: readonly [
    name: string,
    work: (archive: string, digest: string) => string,
    message: RegExp,
  ][] = [
    [
      'another digest in jib-image.json',
      (archive) => jib(archive, `sha256:${'0'.repeat(64)}`),
      /another digest/,
    ],
    ['an image that was pushed', (archive, digest) => jib(archive, digest, true), /pushed/],
    ['no jib-image.json', (archive) => `cp ${archive} "$jib_outputPaths_tar"`, /no jib-image/],
    [
      'a docker archive',
      () => 'cd "$(mktemp -d)"; echo [] > manifest.json; tar cf "$jib_outputPaths_tar" manifest.json',
      /expected an OCI layout/,
    ],
    [
      'half an archive',
      (archive, digest) => `${jib(archive, digest)}; head -c 2000 ${archive} > "$jib_outputPaths_tar"`,
      /ends in the middle/,
    ],
    [
      'bytes that are no archive',
      () => 'head -c 4096 /dev/urandom > "$jib_outputPaths_tar"',
      /no tar archive/,
    ],
  ]
  for (const [name, work, message] of broken)
    it(`jib: refuses ${name}`, async () => {
      using scratch = new Scratch()
      const { archive, digest } = await archived(scratch)
      const fake = fakeBuilder(scratch, 'mvn', MAVEN, work(archive, digest))
      const options = { to: join(scratch.path, 'out'), build: { builder: 'jib' }, env: { PATH: fake.PATH } }
      await assert.rejects(build(scratch.repository('app', { a: 'a' }), options), {
        code: 'BUILDER_FAILED',
        message,
      })
    })
})

describe('waybill build, configuration that is baked in', () => {
  const warned = async (scratch: Scratch, block: object, files: Record<string, string> = { a: 'a' }) => {
    const { steps } = await build(scratch.repository('app', files), {
      to: join(scratch.path, 'out'),
      build: block as Record<string, unknown>,
    })
    return steps.flatMap((step) =>
      step.kind === 'warning' && step.code === 'BAKED_IN_CONFIGURATION' ? [step.message] : [],
    )
  }

  it('tells names and never values', async () => {
    using scratch = new Scratch()
    const environment = {
      NEXT_PUBLIC_API_URL: 'https://token@api.example.com',
      NODE_ENV: 'development',
      DATABASE_URL: 'postgres://u:p@db.staging.example.com/x',
      SPRING_PROFILES_ACTIVE: 'qa',
      PAYMENT_URL: 'https://pay.example.com',
      PATH: '/bin',
    }
    const messages = await warned(scratch, { environment, labels: { environment: 'dev' } })
    const names = messages.map((message) => message.split(' ')[0])
    const expected = [
      'DATABASE_URL',
      'NEXT_PUBLIC_API_URL',
      'NODE_ENV',
      'SPRING_PROFILES_ACTIVE',
      'environment',
    ]
    assert.deepEqual(new Set(names), new Set(expected))
    assert.ok(messages.every((message) => !/token|u:p/.test(message)))
  })

  it('finds .env files in layers, and is silent about what is allowed', async () => {
    using scratch = new Scratch()
    const files = { '.env.production': 'A=1', '.env.example': 'A=', a: 'a' }
    const include = ['.env*']
    const [message, ...more] = await warned(scratch, { include }, files)
    assert.match(message ?? '', /^app\/\.env\.production /)
    assert.deepEqual(more, [])
    using other = new Scratch()
    const allowBakedIn = { 'app/.env.production': 'the same everywhere' }
    assert.deepEqual(await warned(other, { include, allowBakedIn }, files), [])
  })

  it('is quiet about an image that is the same everywhere', async () => {
    using scratch = new Scratch()
    const environment = { NODE_ENV: 'production', API_URL: 'https://api.example.com', LOG_LEVEL: 'info' }
    assert.deepEqual(await warned(scratch, { environment }), [])
  })
})

describe('waybill build, annotations', () => {
  /** What each program does with a prepared layout. */
  const programs: Readonly<
    Record<string, [program: string, work: (layout: string, digest: string) => string]>
  > = {
    buildx: [
      'docker',
      (layout, digest) =>
        `dest=\${output#type=oci,dest=}; cp -r ${layout} "\${dest%%,*}"; printf '{"containerimage.digest":"${digest}"}' > "$metadata_file"`,
    ],
    buildah: [
      'buildah',
      (layout) => `case $1 in push) to=\${4#oci:}; cp -r ${layout} "\${to%:built}";; esac`,
    ],
    kaniko: [
      'executor',
      (layout, digest) => `cp -r ${layout} "$oci_layout_path"; printf ${digest} > "$digest_file"`,
    ],
    ko: ['ko', (layout) => `cp -r ${layout} "$oci_layout_path"`],
    jib: [
      'mvn',
      (layout, digest) =>
        `tar cf "$jib_outputPaths_tar" -C ${layout} .; printf '{"imageDigest":"${digest}"}' > "$jib_outputPaths_imageJson"`,
    ],
  }
  for (const [builder, [program, work]] of Object.entries(programs))
    it(`${builder}: the index says where it comes from, and a file of one environment is found`, async () => {
      using scratch = new Scratch()
      const prepared = join(scratch.path, 'prepared')
      const made = await build(scratch.repository('made', { '.env.staging': 'A=1' }), {
        to: prepared,
        build: { include: ['.env*'] },
      })
      const layout = await openLayout(prepared)
      const { descriptor } = await resolve(layout, made.image.platforms[0]?.digest ?? '')
      await layout.putTag('built', await resolve(layout, descriptor.digest))
      // One image alone, as programs leave it.
      writeFileSync(
        join(prepared, 'index.json'),
        JSON.stringify({
          schemaVersion: 2,
          manifests: [{ ...descriptor, annotations: { 'org.opencontainers.image.ref.name': 'built' } }],
        }),
      )
      const fake = fakeBuilder(scratch, program, ['*'], work(prepared, descriptor.digest))
      const root = scratch.repository('app', { Dockerfile: 'FROM scratch\n' })
      const { image, steps } = await build(root, {
        to: join(scratch.path, 'out'),
        build: { builder },
        env: { PATH: fake.PATH },
      })
      const found = image.root.manifest.annotations
      assert.equal(found['org.opencontainers.image.revision'], image.source.commit)
      assert.equal(found['org.opencontainers.image.source'], image.source.url)
      assert.equal(found['org.opencontainers.image.title'], 'ordersvc')
      assert.match(found['org.opencontainers.image.created'] ?? '', /^\d{4}-.*Z$/)
      const baked = steps.filter((step) => step.kind === 'warning' && step.code === 'BAKED_IN_CONFIGURATION')
      assert.equal(baked.length, 1)
      assert.match(JSON.stringify(baked), /\.env\.staging/)
    })

  it('says title, address and licence; those of waybill.yaml win', async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', {
      'package.json': '{"version":"1.4.0","license":"MIT OR Apache-2.0"}',
    })
    const annotations = {
      'org.opencontainers.image.vendor': 'Contoso',
      'org.opencontainers.image.title': 'Orders',
    }
    const { image } = await build(root, { to: join(scratch.path, 'out'), build: { annotations } })
    const found = image.root.manifest.annotations
    assert.equal(found['org.opencontainers.image.title'], 'Orders')
    assert.equal(found['org.opencontainers.image.vendor'], 'Contoso')
    assert.equal(found['org.opencontainers.image.licenses'], 'MIT OR Apache-2.0')
    assert.equal(found['org.opencontainers.image.url'], 'https://git.example.com/contoso/ordersvc')
  })

  it("leaves npm's own words for no licence out", async () => {
    using scratch = new Scratch()
    const root = scratch.repository('app', { 'package.json': '{"license":"SEE LICENSE IN x"}' })
    const { image } = await build(root, { to: join(scratch.path, 'out') })
    assert.equal(image.root.manifest.annotations['org.opencontainers.image.licenses'], undefined)
  })
})
