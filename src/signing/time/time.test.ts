import assert from 'node:assert/strict'
import { generateKeyPairSync, hash, X509Certificate } from 'node:crypto'
import { suite, test } from 'node:test'
import { initializeTSA } from '@sigstore/mock'
import fc from 'fast-check'
import { makeStatement, predicateTypes } from '../../attestation/index.ts'
import { digestOf } from '../../oci/index.ts'
import { issue, CODE_SIGNING, TIME_STAMPING } from '../../../test/support/certificates.ts'
import { TestAuthority } from '../../../test/support/timestamps.ts'
import type { StampOptions } from '../../../test/support/timestamps.ts'
import {
  compileTrust,
  generateKey,
  readPrivateKey,
  signStatement,
  trustSchema,
  verifySigned,
} from '../index.ts'

const IMAGE = digestOf('image')
const NOW = new Date('2026-11-20T12:00:00Z')
const MARCH = '2026-03-01T10:00:00Z'

const ci = generateKey()
const tsa = new TestAuthority('time')

async function trustOf(signer: object = {}, policy: object = {}) {
  const entry = { id: 'ci', kind: 'key', key: ci.publicKeyPem, mayAssert: ['provenance'], ...signer }
  const timestampAuthorities = [{ certificateChain: tsa.chain }]
  const parsed = trustSchema.parse({ version: 1, timestampAuthorities, signers: [entry], ...policy })
  return compileTrust(parsed, () => assert.fail('no file to read'), 'trust.yaml')
}

/** A bundle by ci, with what `stamp` makes of its signature. */
async function bundle(stamp?: (signature: Buffer) => readonly Buffer[]): Promise<Buffer> {
  const statement = makeStatement([IMAGE], predicateTypes.provenance, {})
  const { bytes } = await signStatement(statement, await readPrivateKey(ci.privateKeyPem, undefined, 'key'))
  const json = JSON.parse(bytes.toString('utf8'))
  const signature = Buffer.from(json.dsseEnvelope.signatures[0].sig, 'base64')
  const stamps = stamp?.(signature).map((each) => ({ signedTimestamp: each.toString('base64') }))
  if (stamps) json.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: stamps }
  return Buffer.from(JSON.stringify(json))
}

const stamped = (options: Partial<StampOptions> = {}, by = tsa) =>
  bundle((signature) => [by.stamp(signature, { time: MARCH, ...options })])

async function verdict(bytes: Buffer, signer: object = {}, policy: object = {}): Promise<string> {
  const origin = { manifest: IMAGE, format: 'bundle' } as const
  const content = { format: 'bundle', bytes, origin } as const
  const judged = verifySigned(content, IMAGE, await trustOf(signer, policy), { now: NOW })
  return 'state' in judged ? judged.code : `valid ${judged.provenOn ?? 'without time'}`
}

const PROVEN = `valid ${new Date(MARCH).toISOString()}`
const UNPROVEN = 'valid without time'

suite('src/signing/time', () => {
  test('a timestamp of a trusted authority proves when a key signed', async () => {
    assert.equal(await verdict(await stamped()), PROVEN)
    assert.equal(await verdict(await bundle()), UNPROVEN)
  })

  test('the authority may be listed with its signing certificate, or bring that along', async () => {
    const whole = [{ certificateChain: tsa.leaf.pem + tsa.chain }]
    assert.equal(await verdict(await stamped({ bare: true }), {}, { timestampAuthorities: whole }), PROVEN)
    assert.equal(await verdict(await stamped({ bare: true })), UNPROVEN)
  })

  test('of two timestamps the earlier counts', async () => {
    const two = await bundle((signature) =>
      ['2026-05-01T00:00:00Z', MARCH].map((time) => tsa.stamp(signature, { time })),
    )
    assert.equal(await verdict(two), PROVEN)
  })

  test('a timestamp by an independent authority (of @sigstore/mock) is read the same', async () => {
    const mock = await initializeTSA(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
    const pem = [mock.intCertificate, mock.rootCertificate].map((each) =>
      new X509Certificate(each as Buffer).toString(),
    )
    const { provenTime } = await trustOf({}, { timestampAuthorities: [{ certificateChain: pem.join('') }] })
    const signature = Buffer.from('a signature')
    const before = Math.floor(Date.now() / 1000) * 1000
    const response = (await mock.timestamp({
      artifactHash: hash('sha256', signature, 'buffer'),
      hashAlgorithmOID: '2.16.840.1.101.3.4.2.1',
      nonce: 5,
      policyOID: '1.2.3',
      certReq: true,
    })) as Buffer
    const time = provenTime(response, signature)?.getTime() ?? 0
    assert.ok(time >= before && time <= Date.now(), String(time))
    assert.equal(provenTime(response, Buffer.from('another signature')), undefined)
  })

  const expired = { start: '2020-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z' }
  const unproven: readonly (readonly [string, () => Promise<Buffer>])[] = [
    ['of an authority nobody named', () => stamped({}, new TestAuthority('time'))],
    ['about another signature', () => stamped({ imprint: Buffer.alloc(32, 1) })],
    ['whose signature is by another key', () => stamped({ key: new TestAuthority('x').leaf })],
    ['that was refused (status 2)', () => stamped({ status: 2 })],
    ['in bytes that are no timestamp', () => bundle(() => [Buffer.from('hello')])],
    ['with bytes behind it', () => bundle((s) => [Buffer.concat([tsa.stamp(s, { time: MARCH }), s])])],
    ['before the certificate of the authority', () => stamped({ time: '2019-12-31T23:59:59Z' })],
    ['after the certificate of the authority', () => stamped({ time: '2040-01-01T00:00:01Z' })],
  ]
  for (const [name, make] of unproven) {
    test(`a timestamp ${name} proves nothing`, async () =>
      assert.equal(await verdict(await make()), UNPROVEN))
  }

  const authorities: readonly (readonly [string, TestAuthority])[] = [
    ['without the purpose', new TestAuthority('a', { usage: [CODE_SIGNING] })],
    ['with another purpose beside it', new TestAuthority('a', { usage: [TIME_STAMPING, CODE_SIGNING] })],
    ['whose purpose is not critical', new TestAuthority('a', { usageCritical: false })],
    ['that is itself an authority', new TestAuthority('a', { ca: true })],
    ['with a condition nobody knows', new TestAuthority('a', { unknown: true })],
    ['expired at the time', new TestAuthority('a', expired)],
    ['whose intermediate was expired at the time (CVE-2026-24122)', new TestAuthority('a', {}, expired)],
    ['whose intermediate may not issue', new TestAuthority('a', {}, { ca: false })],
    ['whose intermediate is for something else', new TestAuthority('a', {}, { usage: [CODE_SIGNING] })],
  ]
  for (const [name, by] of authorities) {
    test(`a timestamp by a certificate ${name} proves nothing`, async () => {
      const policy = { timestampAuthorities: [{ certificateChain: by.chain }] }
      assert.equal(await verdict(await stamped({}, by), {}, policy), UNPROVEN)
    })
  }

  test('a certificate issued under another name of the authority does not count', async () => {
    const { intermediate } = { intermediate: issue({ name: 'time intermediate', ca: true }) }
    const policy = { timestampAuthorities: [{ certificateChain: intermediate.pem }] }
    assert.equal(await verdict(await stamped(), {}, policy), UNPROVEN)
  })

  test('an authority counts only in its own time', async () => {
    const within = (validFor: object) => ({
      timestampAuthorities: [{ certificateChain: tsa.chain, validFor }],
    })
    assert.equal(
      await verdict(await stamped(), {}, within({ start: MARCH, end: '2026-03-02T00:00:00Z' })),
      PROVEN,
    )
    assert.equal(await verdict(await stamped(), {}, within({ end: '2026-02-28T00:00:00Z' })), UNPROVEN)
    assert.equal(await verdict(await stamped(), {}, within({ start: '2026-03-02T00:00:00Z' })), UNPROVEN)
  })

  const ends = '2026-06-01T00:00:00Z'
  test('rotation: what a replaced key is proven to have signed in its time still counts', async () => {
    const replaced = { validFor: { end: ends } }
    assert.equal(await verdict(await stamped(), replaced), PROVEN)
    assert.equal(
      await verdict(await stamped({ time: '2026-06-01T00:00:01Z' }), replaced),
      'SIGNER_NOT_ALLOWED',
    )
    assert.equal(await verdict(await bundle(), replaced), 'SIGNER_NOT_ALLOWED')
    assert.equal(await verdict(await stamped(), { validFor: { start: ends } }), 'SIGNER_NOT_ALLOWED')
  })

  test('revocation: only what is proven to be older counts, and nothing without a time', async () => {
    const revoked = { revoked: { at: ends, reason: 'stolen laptop' } }
    assert.equal(await verdict(await stamped(), revoked), PROVEN)
    assert.equal(await verdict(await stamped({ time: ends }), revoked), 'SIGNER_REVOKED')
    assert.equal(await verdict(await stamped({ time: '2026-07-01T00:00:00Z' }), revoked), 'SIGNER_REVOKED')
    assert.equal(await verdict(await bundle(), revoked), 'SIGNER_REVOKED')
    const later = { revoked: { at: '2027-01-01T00:00:00Z' } }
    assert.equal(await verdict(await bundle(), later), 'SIGNER_REVOKED')
  })

  test('under an expired policy nothing is judged', async () => {
    const at = (expires: string) => verdict(Buffer.from('anything'), {}, { expires })
    assert.equal(await at('2026-11-20T12:00:00Z'), 'BUNDLE_INVALID')
    await assert.rejects(at('2026-11-20T11:59:59Z'), { code: 'TRUST_EXPIRED', exit: 2 })
  })

  test('no change of one byte of a timestamp proves another time, and none throws', async () => {
    const statement = await bundle()
    const json = JSON.parse(statement.toString('utf8'))
    const signature = Buffer.from(json.dsseEnvelope.signatures[0].sig, 'base64')
    const good = tsa.stamp(signature, { time: MARCH })
    const { provenTime } = await trustOf()
    assert.equal(provenTime(good, signature)?.toISOString(), new Date(MARCH).toISOString())
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const mutant = Buffer.from(good)
        mutant[at] = byte
        const time = provenTime(mutant, signature)
        if (time) assert.equal(time.toISOString(), new Date(MARCH).toISOString())
        if (length < good.length) assert.equal(provenTime(good.subarray(0, length), signature), undefined)
      }),
      { numRuns: 600 },
    )
  })

  test('no bytes at all prove a time or throw', async () => {
    const { provenTime } = await trustOf()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(provenTime(Buffer.from(bytes), Buffer.from('signature')), undefined)
      }),
    )
    assert.equal(provenTime(Buffer.alloc(1024 * 1024, 0x30), Buffer.from('signature')), undefined)
  })
})
