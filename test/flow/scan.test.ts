import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import type { Digest, Manifest } from '../../src/oci/index.ts'
import { digestOf, hexOf, mediaTypes } from '../../src/oci/index.ts'
import type { ScanOutcome } from '../../src/pipeline/scan-outcome.ts'
import { attachArtifact, copyClosure, openLayout, resolve } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { build, Scratch } from '../support/build.ts'
import type { Cleanup } from '../support/registries.ts'
import { blocksOf, lineOf } from '../support/guide.ts'
import { behave, installImageTools } from '../support/image-tools.ts'
import { APP, imageTag, SOURCE } from '../support/road.ts'
import { openScanRoad } from '../support/scan-road.ts'
import type { ScanRoadOptions } from '../support/scan-road.ts'

const isWrite = ({ method }: { readonly method: string }) => method !== 'GET' && method !== 'HEAD'

async function world(t: Cleanup, options: ScanRoadOptions = {}) {
  const made = await openScanRoad(t, options)
  installImageTools(made.bin)
  return made
}

describe('waybill scan', () => {
  for (const registry of ['embedded', 'docker-registry'] as const)
    it(`${registry}: an image in a registry, each platform by its digest`, async (t) => {
      const { road, bin } = await world(t, { registry })
      const digest = await road.build('scanned')
      behave(bin, { flaws: { 'linux/arm64': [['CVE-2099-0001', 'HIGH']] } })
      const words = [
        'scan',
        APP,
        imageTag('scanned'),
        '--with',
        'trivy,grype',
        '--sbom',
        'syft',
        '-o',
        'json',
      ]
      const before = (await road.store('dev').referrers(digest)).length
      const dry = await road.cli([...words, '--dry-run'])
      assert.equal(dry.code, 0, dry.stderr)
      assert.equal((JSON.parse(dry.stdout) as ScanOutcome).outcome, 'planned')
      assert.equal((await road.store('dev').referrers(digest)).length, before)
      const run = await road.cli(words)
      assert.equal(run.code, 0, run.stderr)
      const outcome = JSON.parse(run.stdout) as ScanOutcome
      assert.deepEqual([outcome.kind, outcome.outcome, outcome.digest], ['scan', 'attached', digest])
      assert.equal(outcome.checks.length, 8)
      const flawed = outcome.checks.filter(({ counts }) => (counts.high ?? 0) > 0)
      assert.deepEqual(flawed.map(({ check, platform }) => `${check} ${platform}`).toSorted(), [
        'grype linux/arm64',
        'trivy linux/arm64',
      ])
      assert.equal((await road.store('dev').referrers(digest)).length, before + 8)
      // Nothing is judged, unless it is asked for.
      assert.equal((await road.cli([...words, '--dry-run', '--block', 'critical'])).code, 0)
      assert.equal((await road.cli([...words, '--dry-run', '--block', 'critical,high'])).code, 3)
    })

  it('what was signed says which platform it is about, and gates use it', async (t) => {
    const { road, bin } = await world(t, {
      gates: [{ vulnerabilities: { block: ['critical'] } }, { sbom: {} }],
    })
    const digest = await road.build('scanned')
    behave(bin, { flaws: { 'linux/arm64': [['CVE-2099-0001', 'CRITICAL']] } })
    const w = await road.open()
    const { checks, platforms } = await w.scan({
      application: APP,
      image: digest,
      with: ['trivy'],
      sbom: 'syft',
    })
    const { verdict } = await w.plan({ application: APP, to: 'dev', image: digest })
    assert.deepEqual(verdict.gates.map(({ gate, result }) => `${gate} ${result}`).slice(0, 2), [
      'vulnerabilities fail',
      'sbom pass',
    ])
    const questions = await w.evidence({ reference: `${road.repository('dev')}@${digest}` })
    for (const { payload = digest, digest: child } of checks) {
      const shown = JSON.stringify(await questions.show(payload))
      const named = [digest, ...platforms.map((one) => one.digest)].filter((one) =>
        shown.includes(hexOf(one)),
      )
      assert.deepEqual(named, [digest, child])
    }
  })

  it('a layout, with nothing named but in the build block, and structure tests', async (t) => {
    const { road, source, bin } = await world(t, { build: { structure: 'structure.yaml' } })
    writeFileSync(
      join(road.directory, 'structure.yaml'),
      'schemaVersion: 2.0.0\nfileExistenceTests: [{ name: server, path: /app/server.js, shouldExist: true }]\n',
    )
    await (
      await build(source, {
        to: join(road.directory, 'out'),
        build: { platforms: ['linux/amd64', 'linux/arm64'] },
      })
    ).store.tags()
    behave(bin, { failing: ['linux/arm64'] })
    const words = ['scan', APP, 'layout:out']
    const run = await road.cli(words)
    assert.equal(run.code, 0, run.stderr)
    assert.match(run.stdout, /structure FAILED \(0 passed, 1 failed\)/)
    assert.match((await road.cli(words)).stdout, /it is all known/)
    assert.equal((await road.cli([...words, '--block', 'critical'])).code, 3)
    assert.deepEqual(road.nonprod.requests.filter(isWrite), [])
  })

  it('cdxgen reads an archive and names no image: the list is about the platform it was given', async (t) => {
    const { road } = await world(t, { gates: [{ sbom: {} }], build: { sbom: 'cdxgen', publish: 'admitted' } })
    const w = await road.open()
    const built = await w.build({ application: APP })
    assert.equal(built.outcome, 'built', JSON.stringify(built.admission))
    assert.match(built.checks?.[1]?.summary ?? '', /by cdxgen 12\.8\.4/)
    assert.equal((await w.build({ application: APP })).outcome, 'already')
  })

  it('nothing to look for, a test file that is none, a key that is not there: told before anything runs', async (t) => {
    const { road, bin } = await world(t)
    const digest = await road.build('scanned')
    const nothing = await road.cli(['scan', APP, digest])
    assert.match(nothing.stderr, /SCAN_UNCONFIGURED/)
    assert.equal(nothing.code, 2)
    writeFileSync(join(road.directory, 'none.yaml'), 'just text')
    const none = await road.cli(['scan', APP, digest, '--structure', 'none.yaml'])
    assert.match(none.stderr, /STRUCTURE_INVALID/)
    writeFileSync(
      join(road.directory, 'commands.yaml'),
      'schemaVersion: 2.0.0\ncommandTests: [{ name: x, command: y }]\n',
    )
    const commands = await road.cli(['scan', APP, digest, '--structure', 'commands.yaml'])
    assert.equal(commands.code, 1)
    assert.match(commands.stderr, /REPORT_EMPTY/)
    delete (road.config.sign as Record<string, unknown>).vulnerabilities
    road.write()
    writeFileSync(join(bin, 'calls'), '')
    const key = await road.cli(['scan', APP, digest, '--with', 'trivy'])
    assert.match(key.stderr, /KEY_UNCONFIGURED/)
    assert.doesNotMatch(readFileSync(join(bin, 'calls'), 'utf8'), /image/)
  })

  it('rescan --with scans what stands, by the same tools', async (t) => {
    const { road, bin } = await world(t, { gates: [] })
    const digest = await road.carry('live', {}, 'dev')
    road.change('dev', { gates: [{ vulnerabilities: { block: ['critical'] } }] })
    behave(bin, { flaws: { 'linux/amd64': [['CVE-2099-0001', 'CRITICAL']] } })
    const answer = await (await road.open()).rescan({ with: ['trivy'] })
    assert.equal(answer.outcome, 'refused')
    assert.equal(answer.imported.filter((one) => one.digest === digest).length, 4)
    behave(bin, { wrong: { trivy: 'crash' } })
    const broken = await road.cli(['rescan', '--with', 'trivy', '-o', 'json'])
    assert.match(broken.stdout, /TOOL_FAILED/)
  })
})

describe('the guide', () => {
  it('has a build block that builds and lines that run', async (t) => {
    const [block = ''] = blocksOf('scan.md', 'yaml')
    const { applications } = parse(block) as {
      applications: Record<string, { build: Record<string, unknown> }>
    }
    const { road } = await world(t, { build: applications[APP]?.build ?? {} })
    writeFileSync(
      join(road.directory, 'structure.yaml'),
      'schemaVersion: 2.0.0\nfileExistenceTests: [{ name: server, path: /app/server.js, shouldExist: true }]\n',
    )
    const run = async (begin: string, example = '', real = '') => {
      const [, ...words] = lineOf('scan.md', begin).replace(example, real).split(' ')
      const done = await road.cli(words)
      assert.equal(done.code, 0, `${begin}: ${done.stderr}`)
      return done.stdout
    }
    const built = (await road.cli(['build', APP])).stdout
    const [, tag = ''] = /(git-[0-9a-f]{8})/.exec(built) ?? []
    assert.match(await run('waybill scan ordersvc git-', 'git-4f2a91c7', tag), /Looked into ordersvc/)
    await run('waybill rescan --with')
  })

  it('a candidate in a folder can be looked into', async (t) => {
    const { road } = await world(t)
    for (const begin of ['waybill build ordersvc --layout', 'waybill scan ordersvc layout:']) {
      const [, ...words] = lineOf('scan.md', begin).split(' ')
      const done = await road.cli(words)
      assert.equal(done.code, 0, done.stderr)
    }
  })
})

describe("the builder's own list of packages", () => {
  it('is signed when it is about the platform it lies beside', async (t) => {
    const { road, layout } = await builderWorld(t, (child) => hexOf(child))
    road.config.applications[APP] = { source: SOURCE, build: { builder: 'layout', layout, sbom: 'builder' } }
    road.write()
    const built = await (
      await road.open()
    ).build({ application: APP, commit: 'a'.repeat(40), ref: 'main', event: 'push' })
    assert.equal(built.outcome, 'built')
    assert.deepEqual(
      built.checks?.map(({ check, kind, platform }) => `${check} ${kind} ${platform}`),
      ['builder sbom linux/amd64', 'builder sbom linux/arm64'],
    )
    assert.equal(built.platforms.length, 2)
    // The unsigned entries are part of the index's digest and go with it.
    const root = await resolve(road.store('dev'), built.digest)
    assert.equal(childrenIn(root.manifest), 4)
  })

  it('is refused when it is about another digest', async (t) => {
    const { road, layout } = await builderWorld(t, () => 'f'.repeat(64))
    road.config.applications[APP] = { source: SOURCE, build: { builder: 'layout', layout, sbom: 'builder' } }
    road.write()
    const run = await road.cli(['build', APP, '--commit', 'a'.repeat(40), '--ref', 'main', '--event', 'push'])
    assert.equal(run.code, 1)
    assert.match(run.stderr, /TOOL_MISTAKEN[\s\S]*another image/)
    assert.deepEqual(road.nonprod.requests.filter(isWrite), [])
  })

  it('that was never made is an error', async (t) => {
    const { road } = await world(t, { build: { sbom: 'builder' } })
    const run = await road.cli(['build', APP])
    assert.match(run.stderr, /TOOL_FAILED[\s\S]*left no list/)
  })
})

const childrenIn = (manifest: Manifest) => (manifest.kind === 'index' ? manifest.manifests.length : 0)

/** A layout as BuildKit 0.32 writes it with --sbom=true; `subject`: what its lists say they are about. */
async function builderWorld(t: Cleanup, subject: (child: Digest) => string) {
  const { road } = await world(t, { gates: [] })
  const scratch = new Scratch()
  t.after(() => scratch[Symbol.dispose]())
  const layout = join(scratch.path, 'layout')
  const made = await build(scratch.files('app', { 'server.js': 'x' }), {
    to: join(scratch.path, 'plain'),
    build: { platforms: ['linux/amd64', 'linux/arm64'] },
    spec: {
      source: 'https://git.example.com/contoso/ordersvc',
      stated: { commit: 'a'.repeat(40), ref: 'main', event: 'push' },
    },
  })
  const store = await openLayout(layout, { create: true })
  await copyClosure({ source: made.store, destination: store, root: made.image.root.descriptor.digest })
  const entries = await Promise.all(
    made.image.platforms.map(async ({ digest }) => ({
      ...(await attestation(store, digest, subject(digest))),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': digest,
      },
    })),
  )
  const root = JSON.parse(made.image.root.bytes.toString('utf8')) as { manifests: object[] }
  root.manifests.push(...entries)
  const bytes = Buffer.from(JSON.stringify(root))
  const index = await attachArtifact(store, { manifest: bytes, mediaType: mediaTypes.ociIndex, blobs: [] })
  await store.putTag('candidate', index)
  return { road, layout: `${layout}:candidate` }
}

async function attestation(store: ImageStore, child: Digest, sha256: string) {
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://spdx.dev/Document',
    subject: [{ name: '_', digest: { sha256 } }],
    predicate: {
      spdxVersion: 'SPDX-2.3',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: 'sbom',
      documentNamespace: 'https://docker.com/docker-scout/fs/1',
      creationInfo: { created: '2025-03-03T08:00:00Z', creators: ['Tool: buildkit-v0.32.2'] },
      packages: [
        { SPDXID: 'SPDXRef-1', name: 'openssl', versionInfo: '3.1.0', downloadLocation: 'NOASSERTION' },
      ],
      relationships: [],
    },
  }
  const bytes = Buffer.from(JSON.stringify(statement))
  const empty = Buffer.from('{}')
  const describe = (mediaType: string, content: Buffer) => ({
    mediaType,
    digest: digestOf(content),
    size: content.length,
  })
  const layer = {
    ...describe('application/vnd.in-toto+json', bytes),
    annotations: { 'in-toto.io/predicate-type': 'https://spdx.dev/Document' },
  }
  const config = describe(mediaTypes.ociEmpty, empty)
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
      config,
      layers: [layer],
    }),
  )
  const stored = await attachArtifact(store, {
    manifest,
    mediaType: mediaTypes.ociManifest,
    blobs: [
      { descriptor: layer, bytes },
      { descriptor: config, bytes: empty },
    ],
  })
  assert.notEqual(stored.descriptor.digest, child)
  return { mediaType: mediaTypes.ociManifest, digest: stored.descriptor.digest, size: manifest.length }
}
