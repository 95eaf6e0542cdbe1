import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { suite, test } from 'node:test'
import { preAuthEncoding } from '../../src/signing/dsse.ts'

// The vector published with the DSSE protocol (secure-systems-lab/dsse, protocol.md). Its signature is raw r and s;
// Sigstore, and so Waybill, writes DER.
const TYPE = 'http://example.com/HelloWorld'
const PAYLOAD = Buffer.from('hello world')
const SIGNATURE = Buffer.from(
  'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==',
  'base64',
)
const KEY = createPublicKey({
  format: 'jwk',
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: coordinate(46950820868899156662930047687818585632848591499744589407958293238635476079160n),
    y: coordinate(5640078356564379163099075877009565129882514886557779369047442380624545832820n),
  },
})

suite('test/conformance/dsse', () => {
  test('pre-authentication encoding', () => {
    assert.equal(
      preAuthEncoding(TYPE, PAYLOAD).toString('utf8'),
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    )
  })

  test('lengths count bytes, not characters', () => {
    assert.equal(preAuthEncoding('é', Buffer.from('→')).toString('utf8'), 'DSSEv1 2 é 3 →')
  })

  test('the published signature verifies over our encoding', () => {
    assert.ok(
      verify('sha256', preAuthEncoding(TYPE, PAYLOAD), { key: KEY, dsaEncoding: 'ieee-p1363' }, SIGNATURE),
    )
  })

  test('the same signature is refused as DER, over other bytes and for another type', () => {
    const raw = { key: KEY, dsaEncoding: 'ieee-p1363' } as const
    assert.ok(!verify('sha256', preAuthEncoding(TYPE, PAYLOAD), KEY, SIGNATURE))
    assert.ok(!verify('sha256', preAuthEncoding(TYPE, Buffer.from('hello worle')), raw, SIGNATURE))
    assert.ok(!verify('sha256', preAuthEncoding(`${TYPE} `, PAYLOAD), raw, SIGNATURE))
  })
})

function coordinate(value: bigint): string {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toString('base64url')
}
