import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isFailure, limits, parseJson } from '../base/index.ts'
import { makeStatement, parseStatement, predicateTypes } from '../attestation/index.ts'
import { digestOf, parseManifest } from '../oci/index.ts'
import { parseBundle } from './bundle.ts'
import { bundleArtifact, generateKey, readPrivateKey, signStatement } from './index.ts'

const signer = await readPrivateKey(generateKey().privateKeyPem, undefined, 'key')
const IMAGE = digestOf('image')
const statement = makeStatement([IMAGE], predicateTypes.signature, {})

suite('src/signing/sign-statement', () => {
  test('writes exactly the fields cosign writes, in its order', async () => {
    const bundle = await signStatement(statement, signer)
    const text = bundle.bytes.toString('utf8')
    const { dsseEnvelope } = JSON.parse(text)
    const payload = Buffer.from(dsseEnvelope.payload, 'base64')
    assert.equal(
      text,
      '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",' +
        `"verificationMaterial":{"publicKey":{"hint":"${signer.hint}"}},` +
        `"dsseEnvelope":{"payload":"${payload.toString('base64')}","payloadType":"application/vnd.in-toto+json",` +
        `"signatures":[{"sig":"${dsseEnvelope.signatures[0].sig}"}]}}`,
    )
    assert.deepEqual(parseStatement(payload, 'payload'), statement)
    assert.equal(bundle.payload, digestOf(payload))
    assert.equal(bundle.predicateType, predicateTypes.signature)
  })

  test('publishes nothing when the signer answers with another key', async () => {
    const other = await readPrivateKey(generateKey().privateKeyPem, undefined, 'other')
    const confused = { ...signer, sign: (data: Uint8Array) => other.sign(data) }
    await assert.rejects(
      signStatement(statement, confused),
      (error) => isFailure(error) && error.code === 'SIGNATURE_INVALID',
    )
  })

  test('refuses statements other readers would refuse', async () => {
    const subject = Array.from({ length: 1025 }, () => ({ digest: { sha256: 'aa' } }))
    for (const bad of [
      { ...statement, subject },
      { ...statement, extra: 1 },
      { ...statement, subject: [] },
    ]) {
      await assert.rejects(
        signStatement(bad, signer),
        (error) => isFailure(error) && error.code === 'STATEMENT_INVALID',
      )
    }
  })

  test('refuses what is too large to be read back', async () => {
    const large = makeStatement([IMAGE], predicateTypes.cyclonedx, { text: 'x'.repeat(limits.bundleBytes) })
    await assert.rejects(
      signStatement(large, signer),
      (error) => isFailure(error) && error.code === 'BUNDLE_INVALID' && /limit/.test(error.message),
    )
  })
})

suite('src/signing/bundle', () => {
  test('the form nearly all bundles have is read as the schema reads it', async () => {
    const { bytes } = await signStatement(statement, signer)
    const read = (json: unknown): string => {
      try {
        return JSON.stringify(parseBundle(Buffer.from(JSON.stringify(json)), 'bundle').bundle)
      } catch (error) {
        assert.ok(isFailure(error))
        return error.code
      }
    }
    const places = [
      ['mediaType'],
      ['x'],
      ['verificationMaterial'],
      ['verificationMaterial', 'publicKey'],
      ['verificationMaterial', 'publicKey', 'hint'],
      ['dsseEnvelope'],
      ...['payload', 'payloadType', 'signatures', 'x'].map((key) => ['dsseEnvelope', key]),
      ['dsseEnvelope', 'signatures', 0],
      ['dsseEnvelope', 'signatures', 0, 'sig'],
      ['dsseEnvelope', 'signatures', 0, 'x'],
    ]
    const values = [undefined, null, '', 'AAAA', 'AAA', '-_8=', ' AAAA', 1, [], {}, { hint: 'a' }, ['AAAA']]
    for (const path of places) {
      for (const value of values) {
        // oxlint-disable-next-line typescript/no-explicit-any -- every field there is gets broken
        const changed: any = JSON.parse(bytes.toString('utf8'))
        // oxlint-disable-next-line typescript/no-unsafe-return -- as above
        const parent = path.slice(0, -1).reduce((at, key) => at[key], changed)
        parent[path.at(-1) ?? ''] = value
        // An empty list of log entries changes nothing but the way it is read.
        const byTheSchema = structuredClone(changed)
        const { verificationMaterial: material } = byTheSchema
        if (material && typeof material === 'object' && !Array.isArray(material)) material.tlogEntries = []
        assert.equal(read(changed), read(byTheSchema), `${path.join('.')} = ${JSON.stringify(value)}`)
      }
    }
  })
})

suite('src/signing/bundle-artifact', () => {
  const subject = { mediaType: 'application/vnd.oci.image.index.v1+json', digest: IMAGE, size: 1234 }

  test('is one OCI 1.1 referrer with one layer, findable by type', async () => {
    const bundle = await signStatement(statement, signer)
    const artifact = bundleArtifact(bundle, subject, '2026-11-20T12:00:00Z')
    const manifest = parseManifest(artifact.manifest, artifact.mediaType, 'manifest')
    assert.ok(manifest.kind === 'manifest')
    assert.equal(manifest.artifactType, 'application/vnd.dev.sigstore.bundle.v0.3+json')
    assert.deepEqual(manifest.subject, subject)
    assert.deepEqual(
      manifest.layers.map((layer) => [layer.mediaType, layer.digest, layer.size]),
      [[manifest.artifactType, digestOf(bundle.bytes), bundle.bytes.length]],
    )
    assert.deepEqual(manifest.annotations, {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': predicateTypes.signature,
      'org.opencontainers.image.created': '2026-11-20T12:00:00Z',
    })
    const wanted = [manifest.config, ...manifest.layers].map((d) => d.digest)
    assert.deepEqual(
      artifact.blobs.map((blob) => digestOf(blob.bytes)),
      wanted,
    )
    assert.deepEqual(
      artifact.blobs.map((blob) => blob.descriptor.digest),
      wanted,
    )
  })

  test('the keys stand in the order cosign writes them', async () => {
    const { manifest } = bundleArtifact(
      await signStatement(statement, signer),
      subject,
      '2026-11-20T12:00:00Z',
    )
    const json = parseJson(manifest, 'manifest') as Record<string, object>
    assert.deepEqual(Object.keys(json), [
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
      'annotations',
      'subject',
      'artifactType',
    ])
    assert.deepEqual(Object.keys(json.config!), ['mediaType', 'size', 'digest', 'artifactType'])
    assert.deepEqual(Object.keys(json.subject!), ['mediaType', 'size', 'digest'])
  })
})
