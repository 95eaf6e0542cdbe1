import assert from 'node:assert/strict'
import { createPrivateKey, sign } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../base/index.ts'
import { makePassMark, makeStatement, predicateTypes } from '../attestation/index.ts'
import type { Statement } from '../attestation/index.ts'
import { digestOf } from '../oci/index.ts'
import { preAuthEncoding } from './dsse.ts'
import {
  compileTrust,
  generateKey,
  readPrivateKey,
  signStatement,
  trustSchema,
  verifySigned,
} from './index.ts'
import type { SignedContent } from './index.ts'

const IMAGE = digestOf('image')
const OTHER = digestOf('another image')
const NOW = new Date('2026-11-20T12:00:00Z')
const MANIFEST = digestOf('manifest')
const REPOSITORY = 'registry.example.com/prod/ordersvc'

const ci = generateKey()
const promoter = generateKey()
const stranger = generateKey()

const TYPES = ['provenance', 'signature', 'test-result']

function trustOf(extra: object = {}, more: readonly object[] = []) {
  const signers = [{ id: 'ci', kind: 'key', key: ci.publicKeyPem, mayAssert: TYPES, ...extra }, ...more]
  return compileTrust(
    trustSchema.parse({ version: 1, signers }),
    () => assert.fail('no file to read'),
    'trust.yaml',
  )
}

const trust = await trustOf()
const about = (type: string, predicate: object = {}) => makeStatement([IMAGE], type, predicate)
const provenance = about(predicateTypes.provenance)

async function bundled(statement: Statement, pem = ci.privateKeyPem): Promise<SignedContent> {
  const { bytes } = await signStatement(statement, await readPrivateKey(pem, undefined, 'key'))
  return content(bytes)
}

function content(bytes: Buffer, format: SignedContent['format'] = 'bundle'): SignedContent {
  return { format, bytes, origin: { manifest: MANIFEST, format } }
}

const judge = (given: SignedContent, policy = trust, at: object = {}) =>
  verifySigned(given, IMAGE, policy, { now: NOW, ...at })

function verdict(given: SignedContent, policy = trust, at: object = {}): string {
  const judged = judge(given, policy, at)
  return 'state' in judged ? `${judged.state} ${judged.code}` : `valid ${judged.signer.id}`
}

// oxlint-disable-next-line typescript/no-explicit-any -- these tests break every field there is
type Breakable = any

/** The bundle's JSON with something changed. */
async function changed(change: (json: Breakable) => void): Promise<SignedContent> {
  const json = JSON.parse((await bundled(provenance)).bytes.toString('utf8'))
  change(json)
  return content(Buffer.from(JSON.stringify(json)))
}

function signedPayload(payload: Buffer, type = 'application/vnd.in-toto+json') {
  const signature = sign('sha256', preAuthEncoding(type, payload), createPrivateKey(ci.privateKeyPem))
  return {
    payload: payload.toString('base64'),
    payloadType: type,
    signatures: [{ sig: signature.toString('base64') }],
  }
}

/** A bundle of ours around an exact payload. */
async function around(payload: string, type?: string): Promise<SignedContent> {
  return changed((json) => (json.dsseEnvelope = signedPayload(Buffer.from(payload), type)))
}

suite('src/signing/verify-signed, bundles', () => {
  test('a sound statement by an allowed signer is valid', async () => {
    const judged = judge(await bundled(provenance))
    assert.ok(!('state' in judged))
    assert.deepEqual(judged.statement, provenance)
    assert.deepEqual(judged.signer, { id: 'ci', identity: undefined, roles: [] })
    assert.equal(judged.payload, digestOf(JSON.stringify(provenance)))
    assert.deepEqual(judged.origin, { manifest: MANIFEST, format: 'bundle' })
  })

  test('any of the subjects may be the image', async () => {
    assert.equal(
      verdict(await bundled(makeStatement([OTHER, IMAGE], predicateTypes.provenance, {}))),
      'valid ci',
    )
  })

  test('the hint is an index only: without it, or with a wrong one, the key is still found', async () => {
    assert.equal(
      verdict(await changed((json) => delete json.verificationMaterial.publicKey.hint)),
      'valid ci',
    )
    assert.equal(
      verdict(await changed((json) => (json.verificationMaterial.publicKey.hint = 'AA=='))),
      'valid ci',
    )
  })

  test('cosign attest writes Statement v0.1 with a name; it is read', async () => {
    const statement = {
      _type: 'https://in-toto.io/Statement/v0.1',
      subject: [{ name: 'registry.example.com/app', digest: { sha256: IMAGE.slice(7) } }],
      predicateType: predicateTypes.provenance,
      predicate: { a: 1 },
    }
    assert.equal(verdict(await around(JSON.stringify(statement))), 'valid ci')
  })

  const json = JSON.stringify(provenance)
  const cases: readonly (readonly [string, string, () => Promise<SignedContent> | SignedContent])[] = [
    [
      'a tampered payload',
      'invalid SIGNATURE_INVALID',
      () =>
        changed((b) => {
          const other = json.replace(IMAGE.slice(7), OTHER.slice(7))
          b.dsseEnvelope.payload = Buffer.from(other).toString('base64')
        }),
    ],
    [
      'a tampered signature',
      'invalid SIGNATURE_INVALID',
      () =>
        changed((b) => {
          const sig = Buffer.from(b.dsseEnvelope.signatures[0].sig, 'base64')
          sig[sig.length - 1]! ^= 1
          b.dsseEnvelope.signatures[0].sig = sig.toString('base64')
        }),
    ],
    ['an unknown key', 'foreign SIGNER_UNTRUSTED', () => bundled(provenance, stranger.privateKeyPem)],
    [
      'an unknown key that names a known one',
      'invalid SIGNATURE_INVALID',
      async () => {
        const theirs = JSON.parse((await bundled(provenance, stranger.privateKeyPem)).bytes.toString('utf8'))
        return changed((b) => (b.dsseEnvelope = theirs.dsseEnvelope))
      },
    ],
    [
      'a predicate type the signer may not assert',
      'foreign SIGNER_NOT_ALLOWED',
      () => bundled(about(predicateTypes.approval)),
    ],
    [
      'a predicate type that only looks allowed',
      'foreign SIGNER_NOT_ALLOWED',
      () => bundled(about(`${predicateTypes.provenance}/`)),
    ],
    [
      'a statement about another image',
      'invalid SUBJECT_MISMATCH',
      () => bundled(makeStatement([OTHER], predicateTypes.provenance, {})),
    ],
    [
      'a digest in upper case',
      'invalid SUBJECT_MISMATCH',
      () => around(json.replace(IMAGE.slice(7), IMAGE.slice(7).toUpperCase())),
    ],
    [
      'a digest under another algorithm',
      'invalid SUBJECT_MISMATCH',
      () => around(json.replace('"sha256"', '"sha512"')),
    ],
    [
      'a digest that only begins the same',
      'invalid SUBJECT_MISMATCH',
      () => around(json.replace(IMAGE.slice(7), IMAGE.slice(7, 59))),
    ],
    [
      'another payload type',
      'invalid BUNDLE_INVALID',
      () => around(json, 'application/vnd.in-toto.provenance+json'),
    ],
    [
      'a payload type with a parameter',
      'invalid BUNDLE_INVALID',
      () => around(json, 'application/vnd.in-toto+json;v=1'),
    ],
    [
      'duplicate keys in the payload',
      'invalid JSON_INVALID',
      () => around(json.replace('{', '{"predicate":{},')),
    ],
    [
      'an unknown field in the statement',
      'invalid STATEMENT_INVALID',
      () => around(json.replace('{', '{"x":1,')),
    ],
    [
      'another statement type',
      'invalid STATEMENT_INVALID',
      () => around(json.replace('Statement/v1', 'Statement/v2')),
    ],
    ['a payload that is not JSON', 'invalid JSON_INVALID', () => around('hello')],
    [
      'a predicate that is no object',
      'invalid STATEMENT_INVALID',
      () => around(json.replace('"predicate":{}', '"predicate":[]')),
    ],
    [
      'duplicate keys in the bundle',
      'invalid BUNDLE_INVALID',
      async () => {
        const text = (await bundled(provenance)).bytes.toString('utf8')
        return content(Buffer.from(text.replace('{', '{"mediaType":"x",')))
      },
    ],
    ['an unknown field in the bundle', 'invalid BUNDLE_INVALID', () => changed((b) => (b.x = 1))],
    [
      'an unknown field in the envelope',
      'invalid BUNDLE_INVALID',
      () => changed((b) => (b.dsseEnvelope.x = 1)),
    ],
    [
      'an unknown field in a signature',
      'invalid BUNDLE_INVALID',
      () => changed((b) => (b.dsseEnvelope.signatures[0].x = 1)),
    ],
    [
      'an unknown field in the material',
      'invalid BUNDLE_INVALID',
      () => changed((b) => (b.verificationMaterial.x = 1)),
    ],
    [
      'media type v0.4',
      'invalid BUNDLE_INVALID',
      () => changed((b) => (b.mediaType = b.mediaType.replace('0.3', '0.4'))),
    ],
    ['no media type', 'invalid BUNDLE_INVALID', () => changed((b) => delete b.mediaType)],
    [
      'two signatures',
      'invalid BUNDLE_INVALID',
      () => changed((b) => b.dsseEnvelope.signatures.push(b.dsseEnvelope.signatures[0])),
    ],
    ['no signature', 'invalid BUNDLE_INVALID', () => changed((b) => (b.dsseEnvelope.signatures = []))],
    [
      'an empty signature',
      'invalid BUNDLE_INVALID',
      () => changed((b) => (b.dsseEnvelope.signatures[0].sig = '')),
    ],
    [
      'junk in the base64',
      'invalid BUNDLE_INVALID',
      () => changed((b) => (b.dsseEnvelope.payload = `!${b.dsseEnvelope.payload}`)),
    ],
    [
      'base64 for URLs',
      'invalid BUNDLE_INVALID',
      () => changed((b) => (b.dsseEnvelope.signatures[0].sig = '_-8=')),
    ],
    [
      'a key and a certificate',
      'invalid BUNDLE_INVALID',
      () => changed((b) => (b.verificationMaterial.certificate = { rawBytes: 'AAAA' })),
    ],
    [
      'neither key nor certificate',
      'invalid BUNDLE_INVALID',
      () => changed((b) => delete b.verificationMaterial.publicKey),
    ],
    [
      'a certificate that is none',
      'invalid BUNDLE_INVALID',
      () => changed((b) => (b.verificationMaterial = { certificate: { rawBytes: 'AAAA' } })),
    ],
    [
      'our public key where a certificate belongs (GHSA-fx35-mq7g-6g98)',
      'invalid BUNDLE_INVALID',
      () =>
        changed((b) => {
          const rawBytes = ci.publicKeyPem.split('\n').slice(1, -2).join('')
          b.verificationMaterial = { certificate: { rawBytes } }
        }),
    ],
    [
      'a chain in v0.3',
      'invalid BUNDLE_INVALID',
      () =>
        changed(
          (b) =>
            (b.verificationMaterial = { x509CertificateChain: { certificates: [{ rawBytes: 'AAAA' }] } }),
        ),
    ],
    [
      'a bare signature',
      'invalid BUNDLE_INVALID',
      () =>
        changed((b) => {
          delete b.dsseEnvelope
          b.messageSignature = { messageDigest: { algorithm: 'SHA2_256', digest: 'AAAA' }, signature: 'AAAA' }
        }),
    ],
    ['null for a field', 'invalid BUNDLE_INVALID', () => changed((b) => (b.messageSignature = null))],
    [
      'a log entry without proof',
      'invalid BUNDLE_INVALID',
      () =>
        changed((b) => {
          const entry = {
            logIndex: '1',
            logId: { keyId: 'AAAA' },
            kindVersion: { kind: 'dsse', version: '0.0.1' },
          }
          b.verificationMaterial.tlogEntries = [{ ...entry, canonicalizedBody: 'AAAA' }]
        }),
    ],
    ['too many bytes', 'invalid BUNDLE_INVALID', () => content(Buffer.alloc(limits.bundleBytes + 1, 0x20))],
    ['an empty file', 'invalid BUNDLE_INVALID', () => content(Buffer.alloc(0))],
    ['an array', 'invalid BUNDLE_INVALID', () => content(Buffer.from('[]'))],
    ['deep nesting', 'invalid BUNDLE_INVALID', () => content(Buffer.from('['.repeat(100_000)))],
  ]
  for (const [name, expected, make] of cases) {
    test(name, async () => assert.equal(verdict(await make()), expected))
  }

  test('the cases fail for the change, not for how they are built', async () => {
    assert.equal(verdict(await changed(() => undefined)), 'valid ci')
    assert.equal(verdict(await around(json)), 'valid ci')
  })

  test('an unusable statement says what it claims to be, and why it does not count', async () => {
    const judged = judge(await bundled(provenance, stranger.privateKeyPem))
    assert.ok('state' in judged)
    assert.equal(judged.predicateType, predicateTypes.provenance)
    assert.equal(judged.payload, digestOf(json))
    assert.match(judged.reason, /No key of the trust policy/)
  })

  test('no change of one byte gives another valid statement, and none throws', async () => {
    const { bytes } = await bundled(provenance)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const mutant = Buffer.from(bytes)
        mutant[at] = byte
        const judged = judge(content(mutant))
        if (!('state' in judged)) assert.deepEqual(judged.statement, provenance)
      }),
      { numRuns: 400 },
    )
  })

  test('no bytes at all make it throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json(), fc.string()),
        fc.constantFrom('bundle', 'legacy-attestation', 'legacy-signature'),
        (text, format) => {
          const given = content(Buffer.from(text), format)
          assert.ok('state' in judge(format === 'legacy-signature' ? { ...given, signature: text } : given))
        },
      ),
    )
  })
})

suite('src/signing/verify-signed, legacy cosign tags', () => {
  const envelope = (key = ci) => {
    const made = signedPayload(Buffer.from(JSON.stringify(provenance)))
    if (key === ci) return made
    const pae = preAuthEncoding(made.payloadType, Buffer.from(made.payload, 'base64'))
    const sig = sign('sha256', pae, createPrivateKey(key.privateKeyPem)).toString('base64')
    return { ...made, signatures: [{ keyid: '', sig }] }
  }
  const attestation = (json: object) => content(Buffer.from(JSON.stringify(json)), 'legacy-attestation')

  test('an attestation is verified like a bundle', () => {
    assert.equal(verdict(attestation(envelope())), 'valid ci')
    assert.equal(verdict(attestation(envelope(stranger))), 'foreign SIGNER_UNTRUSTED')
    assert.equal(verdict(attestation({ ...envelope(), payloadType: 'text/plain' })), 'invalid BUNDLE_INVALID')
    assert.equal(verdict(attestation({ ...envelope(), x: 1 })), 'invalid BUNDLE_INVALID')
    const [one] = envelope().signatures
    assert.equal(verdict(attestation({ ...envelope(), signatures: [one, one] })), 'invalid BUNDLE_INVALID')
  })

  test('a certificate beside a signature is believed by nobody', () => {
    const judged = judge({ ...attestation(envelope(stranger)), certificate: stranger.publicKeyPem })
    assert.ok('state' in judged)
    assert.equal(judged.state, 'foreign')
    assert.match(judged.reason, /No key of the trust policy/)
  })

  function simple(change: (json: Breakable) => void = () => undefined, key = ci): SignedContent {
    const payload = {
      critical: {
        identity: { 'docker-reference': 'registry.example.com/somewhere' },
        image: { 'docker-manifest-digest': IMAGE as string },
        type: 'cosign container image signature',
      },
      optional: null,
    }
    change(payload)
    const bytes = Buffer.from(JSON.stringify(payload))
    const signature = sign('sha256', bytes, createPrivateKey(key.privateKeyPem)).toString('base64')
    return { ...content(bytes, 'legacy-signature'), signature }
  }

  test('a simple signature counts as the predicate sign/v1', () => {
    const judged = judge(simple())
    assert.ok(!('state' in judged))
    assert.equal(judged.predicateType, predicateTypes.signature)
    assert.equal(judged.payload, digestOf(simple().bytes))
    assert.equal(judged.origin.format, 'legacy-signature')
  })

  const refusals: readonly (readonly [string, string, SignedContent])[] = [
    [
      'another image',
      'invalid SUBJECT_MISMATCH',
      simple((j) => (j.critical.image['docker-manifest-digest'] = OTHER)),
    ],
    [
      'no digest',
      'invalid DIGEST_INVALID',
      simple((j) => (j.critical.image['docker-manifest-digest'] = 'latest')),
    ],
    ['another type', 'invalid BUNDLE_INVALID', simple((j) => (j.critical.type = 'something else'))],
    ['an unknown critical field', 'invalid BUNDLE_INVALID', simple((j) => (j.critical.x = 1))],
    ['an unknown key', 'foreign SIGNER_UNTRUSTED', simple(undefined, stranger)],
    ['no signature', 'invalid BUNDLE_INVALID', content(simple().bytes, 'legacy-signature')],
    ['junk for a signature', 'invalid BUNDLE_INVALID', { ...simple(), signature: '!!' }],
    [
      'an envelope served as a signature',
      'invalid BUNDLE_INVALID',
      { ...simple(), bytes: Buffer.from(JSON.stringify(envelope())) },
    ],
  ]
  for (const [name, expected, given] of refusals) test(name, () => assert.equal(verdict(given), expected))

  test('who may not sign images may not do it the old way either', async () => {
    assert.equal(
      verdict(simple(), await trustOf({ mayAssert: ['provenance'] })),
      'foreign SIGNER_NOT_ALLOWED',
    )
  })
})

suite('src/signing/verify-signed, rights', () => {
  test('outside its time a signer does not count', async () => {
    const given = await bundled(provenance)
    const until = (end: string) => trustOf({ validFor: { end } })
    const from = (start: string) => trustOf({ validFor: { start } })
    assert.equal(verdict(given, await until('2026-11-20T12:00:00Z')), 'valid ci')
    assert.equal(verdict(given, await until('2026-11-20T11:59:59Z')), 'foreign SIGNER_NOT_ALLOWED')
    assert.equal(verdict(given, await from('2026-11-20T12:00:00Z')), 'valid ci')
    assert.equal(verdict(given, await from('2026-11-20T13:00:01+01:00')), 'foreign SIGNER_NOT_ALLOWED')
  })

  test('repositories are compared whole; an unknown place matches none', async () => {
    const given = await bundled(provenance)
    const only = (...repositories: string[]) => trustOf({ repositories })
    const at = { repository: REPOSITORY }
    assert.equal(verdict(given, await only('registry.example.com/**'), at), 'valid ci')
    assert.equal(verdict(given, await only('registry.example.com/prod/*'), at), 'valid ci')
    assert.equal(verdict(given, await only('nowhere', REPOSITORY), at), 'valid ci')
    const misses = [
      'registry.example.com/*',
      'registry.example.com',
      'registryxexample.com/**',
      '**/prod',
      'example.com/**',
    ]
    for (const miss of misses)
      assert.equal(verdict(given, await only(miss), at), 'foreign SIGNER_NOT_ALLOWED', miss)
    assert.equal(verdict(given, await only('**')), 'valid ci')
    assert.equal(verdict(given, await only('registry.example.com/**')), 'foreign SIGNER_NOT_ALLOWED')
  })

  const prod = trustOf({}, [
    {
      id: 'prod',
      kind: 'key',
      key: promoter.publicKeyPem,
      mayAssert: ['pass', 'promotion', 'approval', 'provenance'],
      environments: ['prod', 'canary'],
    },
  ])
  const mark = (environment: string) =>
    about(
      predicateTypes.pass,
      makePassMark({
        environment,
        repository: REPOSITORY,
        policyDigest: OTHER,
        passed: true,
        inputs: [],
        verifierVersion: '1',
        at: '2026-11-20T11:00:00Z',
      }),
    )
  const limited: readonly (readonly [string, string, Statement])[] = [
    ['a pass mark for its environment', 'valid prod', mark('prod')],
    ['a pass mark for its other environment', 'valid prod', mark('canary')],
    ['a pass mark for another environment', 'foreign SIGNER_NOT_ALLOWED', mark('staging')],
    ['a pass mark of nobody', 'foreign SIGNER_NOT_ALLOWED', about(predicateTypes.pass, {})],
    [
      'an approval for its environment',
      'valid prod',
      about(predicateTypes.approval, { environment: 'prod' }),
    ],
    [
      'an approval for another environment',
      'foreign SIGNER_NOT_ALLOWED',
      about(predicateTypes.approval, { environment: 'dev' }),
    ],
    ['an approval without environment', 'foreign SIGNER_NOT_ALLOWED', about(predicateTypes.approval, {})],
    [
      'a promotion for another environment',
      'foreign SIGNER_NOT_ALLOWED',
      about(predicateTypes.promotion, { environment: 'PROD' }),
    ],
    [
      'an environment that is no text',
      'foreign SIGNER_NOT_ALLOWED',
      about(predicateTypes.promotion, { environment: ['prod'] }),
    ],
    ['a statement that names no environment', 'valid prod', provenance],
  ]
  for (const [name, expected, statement] of limited) {
    test(name, async () =>
      assert.equal(verdict(await bundled(statement, promoter.privateKeyPem), await prod), expected),
    )
  }
})
