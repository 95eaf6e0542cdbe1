import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { makeStatement, predicateTypes } from '../../attestation/index.ts'
import { digestOf } from '../../oci/index.ts'
import { authority, CODE_SIGNING, issue, TIME_STAMPING } from '../../../test/support/certificates.ts'
import type { CertificateShape, Issued } from '../../../test/support/certificates.ts'
import { TestAuthority } from '../../../test/support/timestamps.ts'
import {
  compileTrust,
  generateKey,
  openSigner,
  readPrivateKey,
  signStatement,
  trustSchema,
  verifySigned,
} from '../index.ts'

const IMAGE = digestOf('image')
const WHO = 'https://ci.contoso.example/ordersvc'
const MARCH = '2026-03-01T10:00:00Z'
const NOW = new Date('2026-11-20T12:00:00Z')

const contoso = authority('contoso')
const tsa = new TestAuthority('time')
const leaf = (shape: Partial<CertificateShape> = {}) =>
  issue({ name: 'ci', issuer: contoso.intermediate, usage: [CODE_SIGNING], uris: [WHO], ...shape })

/** A bundle with this certificate, timestamped in March unless told otherwise. */
async function bundle(certificate: Issued, time: string | undefined = MARCH, key = certificate) {
  const statement = makeStatement([IMAGE], predicateTypes.provenance, {})
  const by = await readPrivateKey(key.privateKeyPem, undefined, 'key')
  const { bytes } = await signStatement(statement, by)
  const json = JSON.parse(bytes.toString('utf8'))
  const signature = Buffer.from(json.dsseEnvelope.signatures[0].sig, 'base64')
  const signedTimestamp = tsa.stamp(signature, { time: time || MARCH }).toString('base64')
  json.verificationMaterial = {
    certificate: { rawBytes: certificate.der.toString('base64') },
    ...(time && { timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp }] } }),
  }
  return Buffer.from(JSON.stringify(json))
}

async function verdict(bytes: Buffer, signer: object = {}): Promise<string> {
  const entry = {
    id: 'ci',
    kind: 'x509',
    certificates: contoso.pem,
    identity: WHO,
    mayAssert: ['provenance'],
    ...signer,
  }
  const timestampAuthorities = [{ certificateChain: tsa.chain }]
  const policy = trustSchema.parse({ version: 1, timestampAuthorities, signers: [entry] })
  const trust = await compileTrust(policy, () => assert.fail('no file to read'), 'trust.yaml')
  const origin = { manifest: IMAGE, format: 'bundle' } as const
  const judged = verifySigned({ format: 'bundle', bytes, origin }, IMAGE, trust, { now: NOW })
  return 'state' in judged ? `${judged.code} ${judged.reason}` : `valid ${judged.provenOn ?? 'now'}`
}

const expired = { start: '2020-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z' }

suite('src/signing/x509', () => {
  test('a certificate of the own authority counts at the proven time, expired or not since', async () => {
    assert.equal(await verdict(await bundle(leaf())), `valid ${new Date(MARCH).toISOString()}`)
    const short = leaf({ start: '2026-03-01T09:55:00Z', end: '2026-03-01T10:05:00Z' })
    assert.equal(await verdict(await bundle(short)), `valid ${new Date(MARCH).toISOString()}`)
  })

  test('e-mail names and further names count too', async () => {
    const both = leaf({ uris: ['https://other.example', WHO], emails: ['ci@contoso.example'] })
    assert.match(await verdict(await bundle(both)), /^valid/)
    assert.match(await verdict(await bundle(both), { identity: 'ci@contoso.example' }), /^valid/)
  })

  test('without a timestamp it counts only where the policy says now', async () => {
    const plain = await bundle(leaf(), '')
    assert.match(await verdict(plain), /^SIGNER_UNTRUSTED No timestamp proves/)
    assert.equal(await verdict(plain, { at: 'now' }), 'valid now')
    const over = await bundle(leaf(expired), '')
    assert.match(await verdict(over, { at: 'now' }), /^SIGNER_UNTRUSTED .*is not valid at 2026-11-20/)
  })

  const from = (shape: Partial<CertificateShape>) => {
    const { intermediate } = authority('contoso', shape)
    return { intermediate, pem: intermediate.pem + contoso.root.pem }
  }
  /** An intermediate of our root with something about it, and a leaf below. */
  function below(shape: Partial<CertificateShape>, leafShape: Partial<CertificateShape> = {}) {
    const intermediate = issue({ name: 'middle', issuer: contoso.root, ca: true, ...shape })
    const certificate = leaf({ issuer: intermediate, ...leafShape })
    return { certificate, certificates: intermediate.pem + contoso.root.pem }
  }

  const cases: readonly (readonly [string, RegExp, Issued, object?])[] = [
    [
      'of another authority of the same name',
      /issued by no authority/,
      leaf({ issuer: from({}).intermediate }),
    ],
    [
      'that signs itself',
      /issued by no authority/,
      issue({ name: 'ci', usage: [CODE_SIGNING], uris: [WHO] }),
    ],
    ['for another purpose', /not issued for this purpose/, leaf({ usage: [TIME_STAMPING] })],
    ['without a purpose', /not issued for this purpose/, leaf({ usage: undefined as never })],
    ['that is an authority itself', /one of an authority/, leaf({ ca: true })],
    ['with a condition nobody knows', /cannot judge/, leaf({ unknown: true })],
    ['expired at that time', /not valid at 2026-03-01/, leaf(expired)],
    ['not valid yet at that time', /not valid at 2026-03-01/, leaf({ start: '2026-03-02T00:00:00Z' })],
    ['for another name', /does not name/, leaf({ uris: [`${WHO}x`] })],
    ['whose name only begins the same', /does not name/, leaf({ uris: [WHO.slice(0, -1)] })],
    ['without a name', /does not name/, leaf({ uris: [] })],
    ['whose common name is the identity', /does not name/, leaf({ name: WHO, uris: [] })],
  ]
  for (const [name, reason, certificate] of cases) {
    test(`a certificate ${name} does not count`, async () => {
      assert.match(await verdict(await bundle(certificate)), reason)
    })
  }

  const chains: readonly (readonly [string, RegExp, ReturnType<typeof below>])[] = [
    ['expired at that time (CVE-2026-24122)', /a certificate above it is not valid/, below(expired)],
    ['that is no authority', /may not issue/, below({ ca: false })],
    ['for another purpose', /may not issue/, below({ usage: [TIME_STAMPING] })],
    ['with a condition nobody knows', /cannot judge/, below({ unknown: true })],
  ]
  for (const [name, reason, { certificate, certificates }] of chains) {
    test(`a certificate under an intermediate ${name} does not count`, async () => {
      assert.match(await verdict(await bundle(certificate), { certificates }), reason)
    })
  }

  test('path lengths hold', async () => {
    const { certificate, certificates } = below({ pathLength: 0 })
    assert.match(await verdict(await bundle(certificate), { certificates }), /^valid/)
    const top = issue({ name: 'top', issuer: contoso.root, ca: true, pathLength: 0 })
    const middle = issue({ name: 'middle', issuer: top, ca: true })
    const deep = { certificates: middle.pem + top.pem + contoso.root.pem }
    assert.match(await verdict(await bundle(leaf({ issuer: middle })), deep), /may not issue/)
  })

  test('a trusted intermediate needs no root', async () => {
    const only = { certificates: contoso.intermediate.pem }
    assert.match(await verdict(await bundle(leaf()), only), /^valid/)
  })

  test('a leaf in the trust file makes no other leaf trusted', async () => {
    const own = leaf()
    const other = leaf({ issuer: own })
    assert.match(await verdict(await bundle(other), { certificates: own.pem }), /may not issue/)
  })

  test('a signature by another key, and a key in place of the certificate (GHSA-fx35-mq7g-6g98)', async () => {
    const thief = issue({ name: 'thief' })
    assert.match(await verdict(await bundle(leaf(), MARCH, thief)), /^SIGNATURE_INVALID/)
    const { publicKeyPem } = generateKey()
    const raw = Buffer.from(publicKeyPem.split('\n').slice(1, -2).join(''), 'base64')
    assert.match(await verdict(await bundle({ ...leaf(), der: raw })), /^BUNDLE_INVALID/)
  })

  test('an identity is one signer, under whatever authority: it would count as two', async () => {
    const entry = { kind: 'x509', identity: WHO, mayAssert: ['provenance'] }
    const signers = [
      { ...entry, id: 'one', certificates: contoso.pem },
      { ...entry, id: 'two', certificates: contoso.root.pem },
    ]
    const parsed = trustSchema.parse({ version: 1, signers })
    await assert.rejects(
      compileTrust(parsed, () => '', 'trust.yaml'),
      { code: 'TRUST_INVALID' },
    )
  })

  test('a file without certificates is refused', async () => {
    for (const certificates of [generateKey().publicKeyPem, contoso.pem.replaceAll('MII', 'MIX')])
      await assert.rejects(verdict(Buffer.alloc(0), { certificates }), { code: 'TRUST_INVALID' })
  })

  test('no change of one byte of a certificate makes it throw or count for another', async () => {
    const good = leaf()
    const signed = JSON.parse((await bundle(good)).toString('utf8'))
    await fc.assert(
      fc.asyncProperty(fc.nat(good.der.length - 1), fc.nat(255), async (at, byte) => {
        const der = Buffer.from(good.der)
        der[at] = byte
        signed.verificationMaterial.certificate.rawBytes = der.toString('base64')
        const judged = await verdict(Buffer.from(JSON.stringify(signed)))
        if (judged.startsWith('valid')) assert.ok(der.includes(good.signed))
      }),
      { numRuns: 200 },
    )
  })

  test('signing with a certificate gives what is verified', async () => {
    const certificate = leaf()
    const by = await readPrivateKey(certificate.privateKeyPem, undefined, 'key')
    const signer = await openSigner({ by, certificate: { pem: certificate.pem, where: 'ci.pem' } })
    const { bytes } = await signStatement(makeStatement([IMAGE], predicateTypes.provenance, {}), signer)
    assert.equal(await verdict(bytes, { at: 'now' }), 'valid now')
  })
})
