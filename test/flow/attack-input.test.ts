import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  digestOf,
  emptyConfig,
  hexOf,
  manifestBytes,
  mediaTypes,
  parseRepository,
} from '../../src/oci/index.ts'
import { attachArtifact, openLayout } from '../../src/registry/index.ts'
import { deliver, deliverSchema } from '../../src/delivery/index.ts'
import { BareRepository, git } from '../support/git.ts'
import { temporaryDirectory } from '../support/registries.ts'
import { imageTag, openRoad } from '../support/road.ts'

const INDEX = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] })

describe('a layout made by somebody else', () => {
  const FILES = ['oci-layout', 'index.json'] as const
  for (const name of FILES) {
    const hostile: readonly (readonly [string, (path: string) => unknown])[] = [
      ['a pipe', (path) => execFileSync('mkfifo', [path])],
      ['a link to a device', (path) => symlink('/dev/zero', path)],
      ['a directory', (path) => mkdir(path)],
      ['four gigabytes', async (path) => [await writeFile(path, ''), await truncate(path, 2 ** 32)]],
    ]
    for (const [what, make] of hostile) {
      it(`${name} is ${what}: refused at once`, { timeout: 20_000 }, async (t) => {
        const directory = await temporaryDirectory(t)
        const rest = FILES.filter((file) => file !== name)
        const text = { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}', 'index.json': INDEX }
        for (const file of rest) await writeFile(join(directory, file), text[file])
        await make(join(directory, name))
        const asked = openLayout(directory).then((store) => store.tags())
        await assert.rejects(asked, { code: 'LAYOUT_INVALID' })
      })
    }
  }

  it('blobs are pipes, links and directories: never opened, never followed to other content', async (t) => {
    const directory = await temporaryDirectory(t)
    const blobs = join(directory, 'blobs', 'sha256')
    await mkdir(blobs, { recursive: true })
    await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    const digests = ['pipe', 'link', 'directory'].map((name) => digestOf(name))
    const path = (at: number) => join(blobs, (digests[at] ?? '').slice('sha256:'.length))
    execFileSync('mkfifo', [path(0)])
    await symlink('/etc/passwd', path(1))
    await mkdir(path(2))
    const manifests = digests.map((digest) => ({ mediaType: mediaTypes.ociManifest, digest, size: 10 }))
    await writeFile(join(directory, 'index.json'), JSON.stringify({ ...JSON.parse(INDEX), manifests }))
    const store = await openLayout(directory)
    for (const digest of [digests[0], digests[2]]) assert.equal(await store.manifest(digest ?? ''), undefined)
    await assert.rejects(store.manifest(digests[1] ?? ''), (error: Error & { code?: string }) => {
      assert.doesNotMatch(error.message, /root:/)
      return error.code === 'DIGEST_MISMATCH'
    })
  })
})

describe('too much of everything on one digest', () => {
  it('evidence over the limit ends the question; it is not read into memory', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const digest = await road.build('one')
    const store = road.store('dev')
    // One blob, named over and over: the attacker sends it once.
    const bytes = Buffer.alloc(10 * 1024 * 1024, ' ')
    bytes.write('{}')
    const layer = { mediaType: mediaTypes.dsseEnvelope, size: bytes.length, digest: digestOf(bytes) }
    const { descriptor: config } = emptyConfig
    const layers = Array.from({ length: 1_000 }, () => layer)
    const shape = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }
    const list = await attachArtifact(store, {
      mediaType: mediaTypes.ociManifest,
      manifest: manifestBytes(shape),
      blobs: [emptyConfig, { descriptor: layer, bytes }],
    })
    await store.putTag(`sha256-${hexOf(digest)}.att`, list)
    await assert.rejects(road.promote('dev', { image: imageTag('one') }), { code: 'EVIDENCE_LIMIT' })
  })
})

describe('file names in a git repository', () => {
  it('with line breaks and quotes stay names: no other file is written', async (t) => {
    const directory = await temporaryDirectory(t)
    const text = 'image: registry.example.com/dev/ordersvc:1\n'
    const evil = 'k8s/x\nM 100644 inline CODEOWNERS\ndata 3\nme\n\n".yaml'
    using bare = new BareRepository({
      'k8s/a.yaml': text,
      [JSON.stringify(evil)]: text,
      CODEOWNERS: 'boss\n',
    })
    const target = deliverSchema.parse({ manifests: { repository: bare.directory, path: 'k8s' } })
    const repository = parseRepository('registry.example.com/dev/ordersvc')
    const order = { application: 'ordersvc', environment: 'dev', repository, digest: digestOf('a') }
    const env = { PATH: process.env.PATH, HOME: directory, GIT_CONFIG_NOSYSTEM: '1' }
    const options = { directory, env, now: new Date('2026-05-04T10:00:00Z'), cacheDirectory: directory }
    const { changed } = await deliver(target, { ...order, kind: 'promote' }, options)
    assert.deepEqual(changed.toSorted(), ['k8s/a.yaml', evil])
    assert.equal(bare.show('CODEOWNERS'), 'boss\n')
    const listed = git(bare.directory, ['ls-tree', '-r', '-z', '--name-only', bare.branch])
    assert.deepEqual(listed.split('\0').filter(Boolean).toSorted(), ['CODEOWNERS', 'k8s/a.yaml', evil])
  })
})
