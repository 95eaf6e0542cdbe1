import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { run } from '../../src/base/command.ts'
import { makePassMark, makeStatement, predicateTypes } from '../../src/attestation/index.ts'
import { digestOf, hexOf, mediaTypes, parseManifest } from '../../src/oci/index.ts'
import type { Descriptor, Digest } from '../../src/oci/index.ts'
import {
  bundleArtifact,
  compileTrust,
  encryptPrivateKey,
  generateKey,
  readPrivateKey,
  signStatement,
  trustSchema,
  verifySigned,
} from '../../src/signing/index.ts'
import type { SignedBundle, SignedContent } from '../../src/signing/index.ts'
import { expectStatus, startRegistry, temporaryDirectory } from '../support/embedded-registry.ts'
import type { RawRegistry } from '../support/embedded-registry.ts'
import { findTool } from '../support/outside-tool.ts'

const cosign = await findTool('cosign')
const PASSWORD = 'hello'
const NOW = '2026-11-20T12:00:00Z'
const REGISTRIES = [
  ['with the referrers API', true],
  ['without it, by fallback tag', false],
] as const
// No service of the public Sigstore is asked for anything.
const OFFLINE_SIGN = ['-y', '--tlog-upload=false', '--use-signing-config=false', '--allow-http-registry']
const OFFLINE_VERIFY = ['--insecure-ignore-tlog', '--allow-http-registry']

suite('test/interop/cosign', { skip: !cosign && 'cosign is not on this machine' }, () => {
  test('a key made by cosign signs here', async (t) => {
    const bench = await workbench(t)
    await bench.cosign('generate-key-pair', '--output-key-prefix', 'theirs')
    const key = await readFile(join(bench.directory, 'theirs.key'), 'utf8')
    const pub = await readFile(join(bench.directory, 'theirs.pub'), 'utf8')
    const signer = await readPrivateKey(key, PASSWORD, 'theirs.key')
    assert.equal(signer.publicKey.export({ type: 'spki', format: 'pem' }), pub)
    await assert.rejects(readPrivateKey(key, 'other', 'theirs.key'), /password/)
  })

  test('an encrypted key made here opens in cosign', async (t) => {
    const bench = await workbench(t)
    const { stdout } = await bench.cosign('public-key', '--key', 'ours.key')
    assert.equal(stdout.toString('utf8').trim(), bench.pair.publicKeyPem.trim())
  })

  for (const [name, referrersApi] of REGISTRIES) {
    test(`a signature written here verifies with cosign, ${name}`, async (t) => {
      const bench = await workbench(t, referrersApi)
      await bench.attach(await bench.signed(predicateTypes.signature, {}))
      await bench.cosign('verify', '--key', 'ours.pub', ...OFFLINE_VERIFY, bench.reference)
      await bench.refused(
        /no (matching )?signatures|signature|verif/i,
        'verify',
        '--key',
        'other.pub',
        ...OFFLINE_VERIFY,
        bench.reference,
      )
    })

    test(`every predicate type written here verifies with cosign, ${name}`, async (t) => {
      const bench = await workbench(t, referrersApi)
      const types = Object.values(predicateTypes).filter((type) => type !== predicateTypes.signature)
      for (const type of types) await bench.attach(await bench.signed(type, examplePredicate(type)))
      const verify = (key: string, type: string) =>
        ['verify-attestation', '--key', key, '--type', type, ...OFFLINE_VERIFY, bench.reference] as const
      for (const type of types) {
        const { stdout } = await bench.cosign(...verify('ours.pub', type))
        const [line = ''] = stdout.toString('utf8').split('\n')
        const { payload } = JSON.parse(line) as { payload: string }
        const statement = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'))
        assert.equal(statement.predicateType, type)
        assert.deepEqual(statement.predicate, examplePredicate(type))
      }
      await bench.refused(/./, ...verify('other.pub', predicateTypes.pass))
      await bench.refused(/./, ...verify('ours.pub', 'https://example.com/absent/v1'))
    })

    test(`cosign refuses what was tampered with after signing here, ${name}`, async (t) => {
      const bench = await workbench(t, referrersApi)
      const bundle = await bench.signed(predicateTypes.pass, examplePredicate(predicateTypes.pass))
      await bench.attach(tampered(bundle))
      const verify = ['--key', 'ours.pub', '--type', predicateTypes.pass, ...OFFLINE_VERIFY, bench.reference]
      await bench.refused(/./, 'verify-attestation', ...verify)
      await bench.attach(bundle)
      await bench.cosign('verify-attestation', ...verify)
    })

    test(`what cosign signs and attests is valid here, ${name}`, async (t) => {
      const bench = await workbench(t, referrersApi)
      await bench.cosign('sign', '--key', 'ours.key', ...OFFLINE_SIGN, bench.reference)
      await writeFile(join(bench.directory, 'predicate.json'), '{"a":1}')
      const attest = ['attest', '--key', 'ours.key', ...OFFLINE_SIGN, '--predicate', 'predicate.json']
      await bench.cosign(...attest, '--type', predicateTypes.provenance, bench.reference)

      const found = await bench.bundles()
      const judged = await Promise.all(found.map(({ content }) => bench.judge(content)))
      assert.deepEqual(
        judged.toSorted(),
        [`valid ours ${predicateTypes.signature}`, `valid ours ${predicateTypes.provenance}`].toSorted(),
      )
      for (const { content, manifest } of found) {
        assert.match(await bench.judge(content, bench.otherPem), /^foreign SIGNER_UNTRUSTED/)
        const changed = { ...content, bytes: tampered({ bytes: content.bytes }).bytes }
        assert.match(await bench.judge(changed), /^invalid SIGNATURE_INVALID/)
        sameManifest(manifest, content.bytes)
      }
    })
  }

  test('cosign’s legacy tags are valid here', async (t) => {
    const bench = await workbench(t)
    const legacy = [...OFFLINE_SIGN, '--new-bundle-format=false']
    await bench.cosign('sign', '--key', 'ours.key', ...legacy, bench.reference)
    await writeFile(join(bench.directory, 'predicate.json'), '{"a":1}')
    const attest = ['attest', '--key', 'ours.key', ...legacy, '--predicate', 'predicate.json']
    await bench.cosign(...attest, '--type', predicateTypes.provenance, bench.reference)
    const [signature] = await bench.legacy('sig', 'legacy-signature')
    const [attestation] = await bench.legacy('att', 'legacy-attestation')
    assert.ok(signature && attestation)
    assert.equal(await bench.judge(signature), `valid ours ${predicateTypes.signature}`)
    assert.equal(await bench.judge(attestation), `valid ours ${predicateTypes.provenance}`)
    assert.match(await bench.judge(signature, bench.otherPem), /^foreign SIGNER_UNTRUSTED/)
    assert.match(await bench.judge(attestation, bench.otherPem), /^foreign SIGNER_UNTRUSTED/)
  })
})

/** An image in an embedded registry, a key pair as cosign likes it, and a stranger's key. */
async function workbench(t: TestContext, referrersApi = true) {
  const directory = await temporaryDirectory(t)
  const registry = await startRegistry(t, { referrersApi })
  const image = await registry.pushImage('app', 'v1')
  const pair = generateKey()
  const otherPem = generateKey().publicKeyPem
  await writeFile(join(directory, 'ours.key'), await encryptPrivateKey(pair.privateKeyPem, PASSWORD))
  await writeFile(join(directory, 'ours.pub'), pair.publicKeyPem)
  await writeFile(join(directory, 'other.pub'), otherPem)
  const signer = await readPrivateKey(pair.privateKeyPem, undefined, 'ours.key')
  const env = { HOME: directory, COSIGN_PASSWORD: PASSWORD, PATH: process.env.PATH }
  const call = (args: readonly string[], accept: readonly number[]) =>
    run(cosign ?? 'cosign', args, { cwd: directory, env, timeout: 60_000, accept })

  return {
    directory,
    pair,
    otherPem,
    reference: `${registry.address}/app@${image.digest}`,
    cosign: (...args: readonly string[]) => call(args, [0]),
    refused: async (about: RegExp, ...args: readonly string[]) => {
      const { code, stderr } = await call(
        args,
        Array.from({ length: 100 }, (_, index) => index),
      )
      assert.notEqual(code, 0, `cosign accepted: ${args.join(' ')}`)
      assert.match(stderr, about)
    },
    signed: (type: string, predicate: object) =>
      signStatement(makeStatement([image.digest], type, predicate), signer),
    attach: (bundle: SignedBundle) => attach(registry, image, bundle),
    bundles: () => bundlesOf(registry, image.digest),
    legacy: (suffix: string, format: SignedContent['format']) =>
      legacyOf(registry, `sha256-${hexOf(image.digest)}.${suffix}`, format),
    judge: (content: SignedContent, pem = pair.publicKeyPem) => judge(content, image.digest, pem),
  }
}

async function judge(content: SignedContent, subject: Digest, pem: string): Promise<string> {
  const mayAssert = Object.keys(predicateTypes)
  const signers = [{ id: 'ours', kind: 'key', key: pem, mayAssert }]
  const policy = trustSchema.parse({ version: 1, signers })
  const trust = await compileTrust(policy, () => assert.fail('no file to read'), 'trust.yaml')
  const judged = verifySigned(content, subject, trust, { now: new Date(NOW) })
  return 'state' in judged
    ? `${judged.state} ${judged.code}`
    : `valid ${judged.signer.id} ${judged.predicateType}`
}

/** The bundle with one byte of its predicate changed, and still a well-formed bundle. */
function tampered<T extends { readonly bytes: Buffer }>(bundle: T): T {
  const json = JSON.parse(bundle.bytes.toString('utf8'))
  const payload = Buffer.from(json.dsseEnvelope.payload, 'base64').toString('utf8')
  const changed = payload.replace(/"predicate":\{/, '"predicate":{ ')
  assert.notEqual(changed, payload)
  json.dsseEnvelope.payload = Buffer.from(changed).toString('base64')
  return { ...bundle, bytes: Buffer.from(JSON.stringify(json)) }
}

/** What we would have written around cosign's own bundle is what cosign wrote, byte for byte. */
function sameManifest(theirs: Buffer, bytes: Buffer): void {
  const manifest = parseManifest(theirs, mediaTypes.ociManifest, 'manifest')
  assert.ok(manifest.subject)
  const bundle = {
    bytes,
    payload: digestOf(bytes),
    predicateType: manifest.annotations['dev.sigstore.bundle.predicateType'] ?? '',
  }
  const created = manifest.annotations['org.opencontainers.image.created'] ?? ''
  const ours = bundleArtifact(bundle, manifest.subject, created).manifest
  assert.equal(ours.toString('utf8'), theirs.toString('utf8'))
}

async function attach(registry: RawRegistry, image: Descriptor, bundle: SignedBundle): Promise<void> {
  const artifact = bundleArtifact(bundle, image, NOW)
  for (const { bytes, descriptor } of artifact.blobs)
    await registry.pushBlob('app', bytes, descriptor.mediaType)
  const digest = digestOf(artifact.manifest)
  const headers = { 'content-type': artifact.mediaType }
  const put = await registry.request(
    'PUT',
    `/v2/app/manifests/${digest}`,
    headers,
    artifact.manifest.toString('utf8'),
  )
  await expectStatus(put, 201)
  if (!put.headers.has('oci-subject')) await addToFallbackTag(registry, image.digest, artifact.manifest)
}

async function addToFallbackTag(registry: RawRegistry, subject: Digest, manifest: Buffer): Promise<void> {
  const entry = {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf(manifest),
    size: manifest.length,
    artifactType: mediaTypes.sigstoreBundle,
  }
  const manifests = [...(await referrersOf(registry, subject)), entry]
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }
  await expectStatus(await registry.putManifest('app', fallbackTag(subject), index), 201)
}

async function referrersOf(registry: RawRegistry, subject: Digest): Promise<readonly Descriptor[]> {
  for (const path of [`referrers/${subject}`, `manifests/${fallbackTag(subject)}`]) {
    const answer = await registry.request('GET', `/v2/app/${path}`, { accept: mediaTypes.ociIndex })
    if (answer.status !== 200) continue
    return ((await answer.json()) as { manifests: Descriptor[] }).manifests
  }
  return []
}

async function bundlesOf(registry: RawRegistry, subject: Digest) {
  const listed = await referrersOf(registry, subject)
  return Promise.all(
    listed.map(async ({ digest }) => {
      const manifest = await read(registry, `manifests/${digest}`)
      const [layer] = layersOf(manifest)
      const bytes = await read(registry, `blobs/${layer?.digest}`)
      const origin = { manifest: digest, format: 'bundle' } as const
      return { manifest, content: { format: 'bundle', bytes, origin } as const }
    }),
  )
}

async function legacyOf(registry: RawRegistry, tag: string, format: SignedContent['format']) {
  const manifest = await read(registry, `manifests/${tag}`)
  return Promise.all(
    layersOf(manifest).map(async ({ digest, annotations }): Promise<SignedContent> => {
      const signature = annotations?.['dev.cosignproject.cosign/signature']
      const origin = { manifest: digestOf(manifest), format }
      const bytes = await read(registry, `blobs/${digest}`)
      return { format, bytes, origin, ...(signature && { signature }) }
    }),
  )
}

async function read(registry: RawRegistry, path: string): Promise<Buffer> {
  const answer = await registry.request('GET', `/v2/app/${path}`, { accept: mediaTypes.ociManifest })
  await expectStatus(answer, 200)
  return Buffer.from(await answer.arrayBuffer())
}

function layersOf(manifest: Buffer): readonly Descriptor[] {
  const parsed = parseManifest(manifest, mediaTypes.ociManifest, 'manifest')
  assert.ok(parsed.kind === 'manifest')
  return parsed.layers
}

function fallbackTag(digest: Digest): string {
  return `sha256-${hexOf(digest)}`
}

function examplePredicate(type: string): object {
  if (type !== predicateTypes.pass) return { environment: 'prod', note: 'a <b> & "c" é' }
  const facts = { environment: 'prod', repository: 'registry.example.com/app', policyDigest: digestOf('p') }
  return makePassMark({ ...facts, passed: true, inputs: [digestOf('i')], verifierVersion: '1', at: NOW })
}
