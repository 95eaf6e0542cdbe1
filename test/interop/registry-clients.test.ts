import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { run } from '../../src/base/command.ts'
import { digestOf, emptyConfig, mediaTypes } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import { expectStatus, startRegistry, temporaryDirectory } from '../support/embedded-registry.ts'
import type { RawRegistry } from '../support/embedded-registry.ts'
import { findTool } from '../support/outside-tool.ts'

/** One real client: how it copies between registries, out to disk and back in. */
interface Client {
  readonly program: string
  readonly version: readonly string[]
  readonly copiesReferrers: boolean
  readonly prepare?: (host: string) => readonly string[]
  readonly copy: (from: string, to: string) => readonly string[]
  readonly pull: (from: string, directory: string) => readonly string[]
  readonly push: (directory: string, to: string) => readonly string[]
  readonly tags: (repository: string) => readonly string[]
}

const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false']
const plain = ['--from-plain-http', '--to-plain-http']

const clients: readonly Client[] = [
  {
    program: 'skopeo',
    version: ['--version'],
    copiesReferrers: false,
    copy: (from, to) => skopeo(`docker://${from}`, `docker://${to}`),
    pull: (from, directory) => skopeo(`docker://${from}`, `oci:${directory}:v1`),
    push: (directory, to) => skopeo(`oci:${directory}:v1`, `docker://${to}`),
    tags: (repository) => ['list-tags', '--tls-verify=false', `docker://${repository}`],
  },
  {
    program: 'crane',
    version: ['version'],
    copiesReferrers: false,
    copy: (from, to) => ['copy', from, to],
    pull: (from, directory) => ['pull', '--format=oci', from, directory],
    push: (directory, to) => ['push', directory, to],
    tags: (repository) => ['ls', repository],
  },
  {
    program: 'regctl',
    version: ['version', '--format', '{{.VCSTag}}'],
    copiesReferrers: true,
    prepare: (host) => ['registry', 'set', host, '--tls', 'disabled', '--skip-check'],
    copy: (from, to) => ['image', 'copy', '--referrers', from, to],
    pull: (from, directory) => ['image', 'copy', '--referrers', from, `ocidir://${directory}:v1`],
    push: (directory, to) => ['image', 'copy', '--referrers', `ocidir://${directory}:v1`, to],
    tags: (repository) => ['tag', 'ls', repository],
  },
  {
    program: 'oras',
    version: ['version'],
    copiesReferrers: true,
    copy: (from, to) => ['copy', '-r', ...plain, from, to],
    pull: (from, directory) => [
      'copy',
      '-r',
      '--from-plain-http',
      '--to-oci-layout',
      from,
      `${directory}:v1`,
    ],
    push: (directory, to) => ['copy', '-r', '--to-plain-http', '--from-oci-layout', `${directory}:v1`, to],
    tags: (repository) => ['repo', 'tags', '--plain-http', repository],
  },
]

const users = new Map([['ann', 'a secret']])
const ANN = `Basic ${Buffer.from('ann:a secret').toString('base64')}`

for (const client of clients) {
  describe(`embedded registry with ${client.program}`, () => {
    for (const kind of ['no auth', 'basic', 'bearer'] as const) {
      for (const referrersApi of [true, false]) {
        const how = `${kind}, ${referrersApi ? 'with' : 'without'} the referrers API`
        it(`copies, pulls and pushes (${how})`, { timeout: 60_000 }, async (t) => {
          const program = await findTool(client.program)
          if (program === undefined) return t.skip(`${client.program} is not on this machine`)
          const auth = kind === 'no auth' ? {} : { auth: { kind, users } }
          const registry = await startRegistry(t, { ...auth, referrersApi })
          const tool = await toolFor(t, client, program, registry)
          const image = await pushSource(registry)
          await copiesEverywhere(client, tool, registry, image)
        })
      }
    }
  })
}

interface Tool {
  readonly home: string
  readonly run: (...args: readonly string[]) => Promise<string>
}

/** The client with its own home, and credentials where all of them look. */
async function toolFor(
  t: TestContext,
  client: Client,
  program: string,
  registry: RawRegistry,
): Promise<Tool> {
  const home = await temporaryDirectory(t)
  const config = { auths: { [registry.address]: { auth: ANN.slice('Basic '.length) } } }
  await mkdir(join(home, '.docker'))
  await writeFile(join(home, '.docker', 'config.json'), JSON.stringify(config))
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    DOCKER_CONFIG: join(home, '.docker'),
    REGISTRY_AUTH_FILE: join(home, '.docker', 'config.json'),
  }
  const tool: Tool = {
    home,
    run: async (...args) => (await run(program, args, { env, timeout: 30_000 })).stdout.toString('utf8'),
  }
  t.diagnostic(`${client.program}: ${(await tool.run(...client.version)).trim().split('\n')[0]}`)
  if (client.prepare) await tool.run(...client.prepare(registry.address))
  return tool
}

async function copiesEverywhere(
  client: Client,
  tool: Tool,
  registry: RawRegistry,
  image: Source,
): Promise<void> {
  const { address } = registry
  const layout = join(tool.home, 'layout')
  await tool.run(...client.copy(`${address}/source/app:v1`, `${address}/copied/app:v1`))
  await tool.run(...client.pull(`${address}/source/app:v1`, layout))
  await tool.run(...client.push(layout, `${address}/pushed/app:v1`))
  registry.authorization = await image.authorizationFor('copied/app', 'pushed/app')
  for (const name of ['copied/app', 'pushed/app']) {
    const head = await registry.request('HEAD', `/v2/${name}/manifests/v1`)
    assert.equal(head.headers.get('docker-content-digest'), image.index.digest, name)
    for (const digest of image.blobs)
      await expectStatus(await registry.request('HEAD', `/v2/${name}/blobs/${digest}`), 200)
    if (client.copiesReferrers)
      await expectStatus(
        await registry.request('HEAD', `/v2/${name}/manifests/${image.referrer.digest}`),
        200,
      )
  }
  assert.match(await tool.run(...client.tags(`${address}/copied/app`)), /\bv1\b/)
}

interface Source {
  readonly index: Descriptor
  readonly referrer: Descriptor
  readonly blobs: readonly string[]
  readonly authorizationFor: (...names: string[]) => Promise<string | undefined>
}

/** An index of two platforms with a referrer, pushed without any tool. */
async function pushSource(registry: RawRegistry): Promise<Source> {
  const name = 'source/app'
  const authorizationFor = async (...names: string[]) => authorize(registry, names)
  registry.authorization = await authorizationFor(name)
  const platforms = []
  const blobs: string[] = []
  for (const architecture of ['amd64', 'arm64']) {
    const layer = await registry.pushBlob(name, Buffer.alloc(300_000, architecture))
    const rootfs = { type: 'layers', diff_ids: [layer.digest] }
    const text = JSON.stringify({ architecture, os: 'linux', rootfs, config: {} })
    const config = await registry.pushBlob(name, text, mediaTypes.ociConfig)
    blobs.push(layer.digest, config.digest)
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] }
    platforms.push({ ...(await put(registry, name, manifest)), platform: { os: 'linux', architecture } })
  }
  const index = await put(
    registry,
    name,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: platforms },
    'v1',
  )
  const referrer = await pushReferrer(registry, name, index)
  return { index, referrer, blobs, authorizationFor }
}

async function pushReferrer(registry: RawRegistry, name: string, subject: Descriptor): Promise<Descriptor> {
  const config = await registry.pushBlob(name, emptyConfig.bytes, mediaTypes.ociEmpty)
  const layer = await registry.pushBlob(name, 'evidence', 'text/plain')
  const fields = { artifactType: 'application/vnd.example.evidence', config, layers: [layer], subject }
  const referrer = await put(registry, name, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    ...fields,
  })
  // The fallback tag of distribution-spec "Referrers tag schema", for clients of a registry without the API.
  const listed = { ...referrer, artifactType: fields.artifactType }
  const fallback = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [listed] }
  await put(registry, name, fallback, subject.digest.replace(':', '-'))
  return referrer
}

async function put(
  registry: RawRegistry,
  name: string,
  manifest: { mediaType: string; [field: string]: unknown },
  tag?: string,
): Promise<Descriptor> {
  const text = JSON.stringify(manifest)
  const digest = digestOf(text)
  await expectStatus(await registry.putManifest(name, tag ?? digest, manifest), 201)
  return { mediaType: manifest.mediaType, digest, size: Buffer.byteLength(text) }
}

async function authorize(registry: RawRegistry, names: readonly string[]): Promise<string | undefined> {
  registry.authorization = undefined
  const ping = await registry.request('GET', '/v2/')
  const challenge = ping.headers.get('www-authenticate') ?? ''
  if (!challenge.startsWith('Bearer')) return challenge.startsWith('Basic') ? ANN : undefined
  const scopes = names.map((name) => `scope=repository:${name}:pull,push`)
  const sold = await registry.request('GET', `/token?${scopes.join('&')}`, { authorization: ANN })
  return `Bearer ${((await sold.json()) as { token: string }).token}`
}

function skopeo(from: string, to: string): readonly string[] {
  return ['--insecure-policy', 'copy', '--all', '--preserve-digests', ...insecure, from, to]
}
