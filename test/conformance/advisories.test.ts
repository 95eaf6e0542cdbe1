import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { assess, evidenceOn, resolveImage } from '../../src/assessment/index.ts'
import { limits } from '../../src/base/index.ts'
import { makePassMark, makeStatement, predicateTypes } from '../../src/attestation/index.ts'
import type { Statement } from '../../src/attestation/index.ts'
import { digestOf, hexOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { gatesSchema } from '../../src/policy/index.ts'
import { attachArtifact } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import {
  bundleArtifact,
  compileTrust,
  generateKey,
  openSigner,
  readPrivateKey,
  signStatement,
  trustSchema,
  verifyBundle,
  verifySigned,
} from '../../src/signing/index.ts'
import type { SignedContent, TrustPolicy } from '../../src/signing/index.ts'
import { dateOf, staleness } from '../../src/policy/freshness.ts'
import { CODE_SIGNING, issue } from '../support/certificates.ts'
import { putIndex } from '../support/images.ts'
import {
  attestationLayer,
  putLegacy,
  signatureLayer,
  withIdentity,
  withKey,
} from '../support/legacy-cosign.ts'
import type { LegacyLayer } from '../support/legacy-cosign.ts'
import { embeddedRegistry, repositoryAt } from '../support/registries.ts'
import { sigstoreInstance } from '../support/sigstore-instance.ts'
import type { InstanceOptions } from '../support/sigstore-instance.ts'
import { TestAuthority } from '../support/timestamps.ts'

// What went wrong in other verifiers, asked of ours: each attack by the id it is known under, through the front door.
// Every case also has its honest twin, so that no attack is refused for another reason than the one that counts.

const NOW = new Date()
const WHO = 'https://git.example.com/contoso/ordersvc/.github/workflows/build.yml@refs/heads/main'
const ci = generateKey()
const stranger = generateKey()
const tsa = new TestAuthority('time')
const EXPIRED = { start: '2020-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z' }
const MARCH = '2026-03-01T10:00:00Z'

const key = (change: object = {}) => ({
  id: 'ci',
  kind: 'key',
  key: ci.publicKeyPem,
  mayAssert: ['provenance', 'signature', 'test-result', 'pass'],
  ...change,
})

function policyOf(signers: readonly object[], policy: object = {}, root = '{}'): Promise<TrustPolicy> {
  const timestampAuthorities = [{ certificateChain: tsa.chain }]
  const parsed = trustSchema.parse({ version: 1, timestampAuthorities, signers, ...policy })
  return compileTrust(parsed, () => root, 'trust.yaml')
}

const about = (digest: Digest, type: string = predicateTypes.provenance, predicate: object = {}) =>
  makeStatement([digest], type, predicate)

async function signed(statement: Statement, pem = ci.privateKeyPem): Promise<Buffer> {
  return (await signStatement(statement, await readPrivateKey(pem, undefined, 'key'))).bytes
}

// oxlint-disable-next-line typescript/no-explicit-any -- the attacks change every field there is
type Changeable = any

function changed(bytes: Buffer, change: (json: Changeable) => void): Buffer {
  const json = JSON.parse(bytes.toString('utf8'))
  change(json)
  return Buffer.from(JSON.stringify(json))
}

/** A timestamp of the trusted authority added to a bundle. */
function stamped(bytes: Buffer, time: string, by = tsa): Buffer {
  return changed(bytes, (json) => {
    const signature = Buffer.from(json.dsseEnvelope.signatures[0].sig, 'base64')
    const signedTimestamp = by.stamp(signature, { time }).toString('base64')
    json.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] }
  })
}

const IMAGE = digestOf('image')

function judge(
  bytes: Buffer,
  trust: TrustPolicy,
  at: object = {},
  format: SignedContent['format'] = 'bundle',
) {
  const origin = { manifest: IMAGE, format } as const
  const judged = verifySigned({ format, bytes, origin }, IMAGE, trust, { now: NOW, ...at })
  return 'state' in judged ? `${judged.state} ${judged.code}` : 'valid'
}

async function imageOn(t: TestContext) {
  const store = repositoryAt(t, await embeddedRegistry(t), 'ordersvc')
  const { descriptor } = await putIndex(store)
  const attach = (bytes: Buffer, predicateType: string = predicateTypes.provenance) =>
    attachArtifact(store, bundleArtifact({ bytes, predicateType }, descriptor, '2026-11-20T12:00:00Z'))
  return { store, image: descriptor, attach }
}

async function evidence(store: ImageStore, digest: Digest, trust: TrustPolicy): Promise<readonly string[]> {
  const { valid, unusable } = await evidenceOn(store, digest, trust, NOW)
  return [
    ...valid.map(({ signer }) => `valid ${signer.id}`),
    ...unusable.map((one) => `${one.state} ${one.code}`),
  ]
}

async function gate(store: ImageStore, digest: Digest, trust: TrustPolicy, gates: readonly object[]) {
  const { verdict } = await assess({
    application: 'ordersvc',
    environment: 'staging',
    source: undefined,
    image: await resolveImage(store, digest),
    gates: gatesSchema.parse(gates),
    placeOf: (environment) => {
      assert.equal(environment, 'staging', 'no other environment is asked')
      return { store, application: 'ordersvc', environment, trust, now: NOW }
    },
    target: undefined,
    ticket: undefined,
    askTicket: () => assert.fail('no ticket is asked'),
    requestedBy: undefined,
    trust,
    now: NOW,
  })
  return verdict.result
}

/** A keyless bundle of the trusted identity, with what `change` makes of it. */
async function keyless(t: TestContext, change: (json: Changeable) => void, options: InstanceOptions = {}) {
  const instance = await sigstoreInstance(t, options)
  const by = {
    fulcio: instance.url,
    rekor: instance.url,
    tsa: `${instance.url}/timestamp`,
    identityToken: () => Promise.resolve(instance.tokenFor(WHO)),
  }
  const { bytes } = await signStatement(about(IMAGE), await openSigner({ by }))
  const signer = {
    id: 'actions',
    kind: 'keyless',
    trustedRoot: 'root',
    identity: WHO,
    issuer: instance.issuer,
    mayAssert: ['provenance'],
  }
  const trust = await policyOf([signer], {}, instance.trustedRoot)
  const origin = { manifest: IMAGE, format: 'bundle' } as const
  return verifySigned({ format: 'bundle', bytes: changed(bytes, change), origin }, IMAGE, trust, {
    now: new Date(),
  })
}

const outcome = (judged: Awaited<ReturnType<typeof keyless>>) =>
  'state' in judged ? `${judged.state} ${judged.code}` : 'valid'

/** A legacy layer of the trusted identity and another, put on an image after `swap`. */
async function legacy(
  t: TestContext,
  swap: (one: LegacyLayer, other: LegacyLayer) => LegacyLayer,
  options: InstanceOptions = {},
) {
  const { store, image } = await imageOn(t)
  const instance = await sigstoreInstance(t, options)
  const make = () => signatureLayer(image.digest, withIdentity(instance, WHO, 'hashedrekord'))
  await putLegacy(store, image, 'sig', [swap(await make(), await make())])
  const signer = {
    id: 'actions',
    kind: 'keyless',
    trustedRoot: 'root',
    identity: WHO,
    issuer: instance.issuer,
    mayAssert: ['signature'],
  }
  return evidence(store, image.digest, await policyOf([signer], {}, instance.trustedRoot))
}

interface Advisory {
  readonly id: string
  readonly what: string
  readonly attack: (t: TestContext) => Promise<unknown>
  readonly refused: unknown
  /** The same without the attack. */
  readonly honest: (t: TestContext) => Promise<unknown>
  readonly accepted: unknown
}

const LOG = 'dev.sigstore.cosign/bundle'
const plainKey = async () => judge(await signed(about(IMAGE)), await policyOf([key()]))
const tests = { result: 'PASSED', configuration: [{ name: 'unit' }], passedTests: ['a'] }
const unitGate = [{ tests: { suites: ['unit'] } }]

async function tested(t: TestContext, predicate: object, type: string = predicateTypes['test-result']) {
  const { store, image, attach } = await imageOn(t)
  await attach(await signed(about(image.digest, type, predicate)), predicateTypes['test-result'])
  const policy = await policyOf([
    key({ mayAssert: ['provenance', 'test-result', 'https://example.com/other/v1'] }),
  ])
  return gate(store, image.digest, policy, unitGate)
}

async function chained(shape: object) {
  const root = issue({ name: 'root', ca: true })
  const middle = issue({ name: 'middle', issuer: root, ca: true, ...shape })
  const leaf = issue({ name: 'ci', issuer: middle, usage: [CODE_SIGNING], uris: [WHO] })
  const bytes = changed(await signed(about(IMAGE), leaf.privateKeyPem), (json) => {
    json.verificationMaterial = { certificate: { rawBytes: leaf.der.toString('base64') } }
  })
  const certificates = middle.pem + root.pem
  const signer = { id: 'farm', kind: 'x509', certificates, identity: WHO, mayAssert: ['provenance'] }
  return judge(stamped(bytes, MARCH), await policyOf([signer]))
}

const advisories: readonly Advisory[] = [
  {
    id: 'CVE-2022-23649',
    what: 'a sound log entry of another signature, beside a legacy signature',
    attack: (t) =>
      legacy(t, (one, other) => ({
        ...one,
        annotations: { ...one.annotations, [LOG]: other.annotations[LOG]! },
      })),
    refused: ['invalid SIGNATURE_INVALID'],
    honest: (t) => legacy(t, (one) => one),
    accepted: ['valid actions'],
  },
  {
    id: 'CVE-2022-23649',
    what: 'a log entry of the same bytes by another key',
    attack: (t) => legacy(t, (one) => one, { otherVerifier: true }),
    refused: ['invalid SIGNATURE_INVALID'],
    honest: (t) => legacy(t, (one) => one),
    accepted: ['valid actions'],
  },
  {
    id: 'CVE-2026-22703',
    what: 'a sound log entry of another signature, in a bundle',
    attack: async (t) => outcome(await keyless(t, () => {}, { otherEntry: true })),
    refused: 'invalid SIGNATURE_INVALID',
    honest: async (t) => outcome(await keyless(t, () => {})),
    accepted: 'valid',
  },
  {
    id: 'CVE-2026-22703',
    what: 'a log entry in a bundle that names another key',
    attack: async (t) => outcome(await keyless(t, () => {}, { otherVerifier: true })),
    refused: 'invalid SIGNATURE_INVALID',
    honest: async (t) => outcome(await keyless(t, () => {})),
    accepted: 'valid',
  },
  {
    id: 'CVE-2022-35929',
    what: 'signed, but nothing of the type that is asked for',
    attack: (t) => tested(t, {}, predicateTypes.provenance),
    refused: 'fail',
    honest: (t) => tested(t, tests),
    accepted: 'pass',
  },
  {
    id: 'CVE-2022-35930',
    what: 'nothing signed at all',
    attack: async (t) => {
      const { store, image } = await imageOn(t)
      return gate(store, image.digest, await policyOf([key()]), unitGate)
    },
    refused: 'fail',
    honest: (t) => tested(t, tests),
    accepted: 'pass',
  },
  {
    id: 'GHSA-w6c6-c85g-mmv6',
    what: 'another predicate type with the right content, listed under the right type',
    attack: (t) => tested(t, tests, 'https://example.com/other/v1'),
    refused: 'fail',
    honest: (t) => tested(t, tests),
    accepted: 'pass',
  },
  {
    id: 'GHSA-w6c6-c85g-mmv6',
    what: 'a predicate that cannot be read is no pass',
    attack: async (t) => (await tested(t, { result: 'PASSED' })) === 'pass',
    refused: false,
    honest: async (t) => (await tested(t, tests)) === 'pass',
    accepted: true,
  },
  {
    id: 'GHSA-fx35-mq7g-6g98',
    what: 'a raw key where the certificate of a bundle belongs',
    attack: async () => {
      const rawBytes = stranger.publicKeyPem.split('\n').slice(1, -2).join('')
      const bytes = changed(await signed(about(IMAGE), stranger.privateKeyPem), (json) => {
        json.verificationMaterial = { certificate: { rawBytes } }
      })
      return judge(bytes, await policyOf([key()]))
    },
    refused: 'invalid BUNDLE_INVALID',
    honest: plainKey,
    accepted: 'valid',
  },
  {
    id: 'GHSA-fx35-mq7g-6g98',
    what: 'a raw key beside a legacy signature',
    attack: async (t) => {
      const { store, image } = await imageOn(t)
      const theirs = await signatureLayer(image.digest, withKey(stranger.privateKeyPem))
      const annotations = { ...theirs.annotations, 'dev.sigstore.cosign/certificate': stranger.publicKeyPem }
      await putLegacy(store, image, 'sig', [{ ...theirs, annotations }])
      return evidence(store, image.digest, await policyOf([key()]))
    },
    refused: ['foreign SIGNER_UNTRUSTED'],
    honest: async (t) => {
      const { store, image } = await imageOn(t)
      await putLegacy(store, image, 'sig', [await signatureLayer(image.digest, withKey(ci.privateKeyPem))])
      return evidence(store, image.digest, await policyOf([key()]))
    },
    accepted: ['valid ci'],
  },
  {
    id: 'CVE-2026-24122',
    what: 'an intermediate certificate that had expired when the leaf signed',
    attack: () => chained(EXPIRED),
    refused: 'foreign SIGNER_UNTRUSTED',
    honest: () => chained({}),
    accepted: 'valid',
  },
  {
    id: 'CVE-2026-24122',
    what: 'an intermediate certificate of the time-stamp authority that had expired',
    attack: async () => {
      const old = new TestAuthority('old', {}, EXPIRED)
      const revoked = key({ revoked: { at: '2026-06-01T00:00:00Z' } })
      const timestampAuthorities = [{ certificateChain: old.chain }]
      return judge(
        stamped(await signed(about(IMAGE)), MARCH, old),
        await policyOf([revoked], { timestampAuthorities }),
      )
    },
    refused: 'foreign SIGNER_REVOKED',
    honest: async () => {
      const revoked = key({ revoked: { at: '2026-06-01T00:00:00Z' } })
      return judge(stamped(await signed(about(IMAGE)), MARCH), await policyOf([revoked]))
    },
    accepted: 'valid',
  },
  {
    id: 'CVE-2022-36056',
    what: 'a check that cannot be made falls back to no other: a key is no identity, an identity no key',
    attack: async (t) => {
      const instance = await sigstoreInstance(t)
      const bytes = await signed(about(IMAGE))
      const trustedRoot: unknown = JSON.parse(instance.trustedRoot)
      const material = { trustedRoot, identity: WHO, issuer: instance.issuer }
      return verifyBundle(bytes, material, { digest: IMAGE }).catch((error: { code: string }) => error.code)
    },
    refused: 'SIGNER_UNTRUSTED',
    honest: async () => {
      const { publicKey } = await readPrivateKey(ci.privateKeyPem, undefined, 'key')
      const { kind } = await verifyBundle(await signed(about(IMAGE)), { key: publicKey }, { digest: IMAGE })
      return kind
    },
    accepted: 'statement',
  },
  {
    id: 'CVE-2023-46737, CVE-2023-33957',
    what: 'signatures without end on one tag',
    attack: async (t) => {
      const { store, image } = await imageOn(t)
      const layer = await signatureLayer(image.digest, withKey(ci.privateKeyPem))
      const many = Array.from({ length: limits.signaturesPerImage + 1 }, () => layer)
      await putLegacy(store, image, 'sig', many)
      return evidence(store, image.digest, await policyOf([key()]))
    },
    refused: [],
    honest: async (t) => {
      const { store, image } = await imageOn(t)
      const layer = await signatureLayer(image.digest, withKey(ci.privateKeyPem))
      await putLegacy(store, image, 'sig', [layer, layer])
      return evidence(store, image.digest, await policyOf([key()]))
    },
    accepted: ['valid ci'],
  },
  {
    id: 'CVE-2024-29902, CVE-2024-29903, CVE-2023-33958',
    what: 'an attachment larger than is read',
    attack: async () => judge(Buffer.alloc(limits.bundleBytes + 1, 0x20), await policyOf([key()])),
    refused: 'invalid BUNDLE_INVALID',
    honest: plainKey,
    accepted: 'valid',
  },
  {
    id: 'CVE-2023-33959',
    what: 'content that is not what its descriptor says',
    attack: async (t) => {
      const registry = await embeddedRegistry(t)
      const store = repositoryAt(t, registry, 'ordersvc')
      const { descriptor } = await putIndex(store)
      const bytes = await signed(about(descriptor.digest))
      const bundle = { bytes, predicateType: predicateTypes.provenance }
      await attachArtifact(store, bundleArtifact(bundle, descriptor, '2026-11-20T12:00:00Z'))
      registry.fault = ({ method, path }) =>
        method === 'GET' && path.endsWith(`/blobs/${digestOf(bytes)}`) ? { corrupt: true } : undefined
      return (await evidence(store, descriptor.digest, await policyOf([key()]))).map(
        (one) => one.split(' ')[0],
      )
    },
    refused: ['invalid'],
    honest: async (t) => {
      const { store, image, attach } = await imageOn(t)
      await attach(await signed(about(image.digest)))
      return (await evidence(store, image.digest, await policyOf([key()]))).map((one) => one.split(' ')[0])
    },
    accepted: ['valid'],
  },
  {
    id: 'CVE-2024-23332',
    what: 'an old trust policy shown for ever',
    attack: async () => {
      const expired = await policyOf([key()], { expires: '2026-01-01T00:00:00Z' })
      try {
        return judge(await signed(about(IMAGE)), expired)
      } catch (error) {
        return (error as { code: string }).code
      }
    },
    refused: 'TRUST_EXPIRED',
    honest: async () =>
      judge(await signed(about(IMAGE)), await policyOf([key()], { expires: '2099-01-01T00:00:00Z' })),
    accepted: 'valid',
  },
  {
    id: 'CVE-2022-47633',
    what: 'evidence of one image shown on another',
    attack: async (t) => {
      const { store, image, attach } = await imageOn(t)
      await attach(await signed(about(digestOf('the signed image'))))
      return evidence(store, image.digest, await policyOf([key()]))
    },
    refused: ['invalid SUBJECT_MISMATCH'],
    honest: async (t) => {
      const { store, image, attach } = await imageOn(t)
      await attach(await signed(about(image.digest)))
      return evidence(store, image.digest, await policyOf([key()]))
    },
    accepted: ['valid ci'],
  },
  {
    id: 'kyverno#16336',
    what: 'an annotation that says what was not signed',
    attack: async (t) => {
      const { store, image, attach } = await imageOn(t)
      await attach(await signed(about(image.digest), stranger.privateKeyPem), predicateTypes['test-result'])
      return gate(store, image.digest, await policyOf([key()]), unitGate)
    },
    refused: 'fail',
    honest: (t) => tested(t, tests),
    accepted: 'pass',
  },
  {
    id: 'sigstore-js verify 4.1.1',
    what: 'the same log entry twice',
    attack: async (t) =>
      outcome(
        await keyless(t, ({ verificationMaterial: { tlogEntries } }) => tlogEntries.push(tlogEntries[0])),
      ),
    refused: 'foreign SIGNER_UNTRUSTED',
    honest: async (t) => outcome(await keyless(t, () => {})),
    accepted: 'valid',
  },
  {
    id: 'sigstore-js verify 3.1.1',
    what: 'a time in a log entry that the log did not promise',
    attack: async (t) => {
      const judged = await keyless(
        t,
        ({
          verificationMaterial: {
            tlogEntries: [entry],
          },
        }) => {
          delete entry.inclusionPromise
          entry.integratedTime = '1'
        },
      )
      // The entry still proves inclusion; the timestamp alone says when.
      return 'state' in judged ? judged.code : (judged.provenOn ?? '') > '2020'
    },
    refused: true,
    honest: async (t) => outcome(await keyless(t, () => {})),
    accepted: 'valid',
  },
  {
    id: 'sigstore-js core 3.2.1',
    what: 'lengths in the signed encoding count bytes, not characters',
    attack: async () => {
      const statement = about(IMAGE, predicateTypes.provenance, { name: 'é→𝄞' })
      return judge(await signed(statement), await policyOf([key({ key: stranger.publicKeyPem })]))
    },
    refused: 'foreign SIGNER_UNTRUSTED',
    honest: async () => {
      const statement = about(IMAGE, predicateTypes.provenance, { name: 'é→𝄞' })
      return judge(await signed(statement), await policyOf([key()]))
    },
    accepted: 'valid',
  },
]

suite('test/conformance/advisories', () => {
  for (const { id, what, attack, refused, honest, accepted } of advisories) {
    test(`${id}: ${what}`, async (t) => {
      assert.deepEqual(await honest(t), accepted, 'without the attack')
      assert.deepEqual(await attack(t), refused)
    })
  }
})

// CVE-2025-29778: conditions of a policy that nobody looked at.
suite('test/conformance/advisories, CVE-2025-29778: every condition of a signer is enforced', () => {
  const mark = (environment: string) =>
    makeStatement(
      [IMAGE],
      predicateTypes.pass,
      makePassMark({
        environment,
        repository: 'registry.example.com/app',
        policyDigest: IMAGE,
        passed: true,
        inputs: [],
        verifierVersion: '1',
        at: MARCH,
      }),
    )
  const here = { repository: 'registry.example.com/app' }
  const conditions: readonly (readonly [string, object, string])[] = [
    ['nothing', {}, 'valid'],
    ['key', { key: stranger.publicKeyPem }, 'foreign SIGNER_UNTRUSTED'],
    ['mayAssert', { mayAssert: ['promotion'] }, 'foreign SIGNER_NOT_ALLOWED'],
    ['environments', { environments: ['prod'] }, 'foreign SIGNER_NOT_ALLOWED'],
    ['repositories', { repositories: ['registry.example.com/other'] }, 'foreign SIGNER_NOT_ALLOWED'],
    ['validFor.start', { validFor: { start: '2099-01-01T00:00:00Z' } }, 'foreign SIGNER_NOT_ALLOWED'],
    ['validFor.end', { validFor: { end: '2026-01-01T00:00:00Z' } }, 'foreign SIGNER_NOT_ALLOWED'],
    ['revoked', { revoked: { at: '2026-01-01T00:00:00Z' } }, 'foreign SIGNER_REVOKED'],
  ]
  for (const [name, change, expected] of conditions) {
    test(name, async () => {
      assert.equal(judge(await signed(mark('staging')), await policyOf([key(change)]), here), expected)
    })
  }

  test('a condition nobody knows is an error', () => {
    for (const unknown of [{ subjectRegExp: '.*' }, { issuerRegExp: '.*' }, { threshold: 2 }])
      assert.equal(trustSchema.safeParse({ version: 1, signers: [key(unknown)] }).success, false)
  })
})

suite('test/conformance/advisories, attacks on time', () => {
  const day = 86_400_000
  const claimed = new Date(NOW.getTime() - 90 * day).toISOString()
  const today = new Date(NOW.getTime() - 60_000).toISOString()

  test('an old scan, timestamped today by whoever may ask, is as old as it says', async () => {
    const bytes = stamped(
      await signed(about(IMAGE, predicateTypes.provenance, { finishedOn: claimed })),
      today,
    )
    const origin = { manifest: IMAGE, format: 'bundle' } as const
    const judged = verifySigned({ format: 'bundle', bytes, origin }, IMAGE, await policyOf([key()]), {
      now: NOW,
    })
    assert.ok(!('state' in judged) && judged.provenOn)
    assert.match(staleness(dateOf(judged, claimed), day, NOW) ?? '', /is 90d old/)
    assert.equal(staleness(dateOf(judged, today), day, NOW), undefined)
  })

  test('a scan dated into the future is as old as is proven', () => {
    const future = new Date(NOW.getTime() + 90 * day).toISOString()
    assert.match(staleness(dateOf({ provenOn: claimed }, future), day, NOW) ?? '', /is 90d old/)
  })

  test('a copy without its timestamp, or with a later one, hides nothing', async (t) => {
    const { store, image, attach } = await imageOn(t)
    const bytes = await signed(about(image.digest))
    for (const copy of [bytes, stamped(bytes, today), stamped(bytes, MARCH)]) await attach(copy)
    const replaced = key({ validFor: { end: '2026-06-01T00:00:00Z' } })
    const { valid } = await evidenceOn(store, image.digest, await policyOf([replaced]), NOW)
    assert.deepEqual(
      valid.map(({ provenOn }) => provenOn),
      [new Date(MARCH).toISOString()],
    )
    const { valid: all } = await evidenceOn(store, image.digest, await policyOf([key()]), NOW)
    assert.deepEqual(
      all.map(({ provenOn }) => provenOn),
      [new Date(MARCH).toISOString()],
    )
  })

  test('a stolen key: what is not proven to be older than the theft does not count', async () => {
    const revoked = await policyOf([key({ revoked: { at: '2026-06-01T00:00:00Z', reason: 'stolen' } })])
    const bytes = await signed(about(IMAGE))
    assert.equal(judge(stamped(bytes, MARCH), revoked), 'valid')
    assert.equal(judge(stamped(bytes, '2026-06-01T00:00:00Z'), revoked), 'foreign SIGNER_REVOKED')
    assert.equal(judge(bytes, revoked), 'foreign SIGNER_REVOKED')
    // A thief may run a time-stamp authority of his own.
    const own = new TestAuthority('time')
    assert.equal(judge(stamped(bytes, MARCH, own), revoked), 'foreign SIGNER_REVOKED')
  })

  test('a newer failure beside an older pass decides', async (t) => {
    const { store, image, attach } = await imageOn(t)
    await attach(
      await signed(about(image.digest, predicateTypes['test-result'], tests)),
      predicateTypes['test-result'],
    )
    assert.equal(await gate(store, image.digest, await policyOf([key()]), unitGate), 'pass')
    const failed = { ...tests, result: 'FAILED', failedTests: ['a'], passedTests: [] }
    await attach(
      await signed(about(image.digest, predicateTypes['test-result'], failed)),
      predicateTypes['test-result'],
    )
    assert.equal(await gate(store, image.digest, await policyOf([key()]), unitGate), 'fail')
  })

  test('a legacy attestation of another image, moved to this one', async (t) => {
    const { store, image } = await imageOn(t)
    const layer = await attestationLayer(about(digestOf('another image')), withKey(ci.privateKeyPem))
    await putLegacy(store, image, 'att', [layer])
    assert.deepEqual(await evidence(store, image.digest, await policyOf([key()])), [
      'invalid SUBJECT_MISMATCH',
    ])
    assert.equal(await store.head(`sha256-${hexOf(image.digest)}.sig`), undefined)
  })
})
