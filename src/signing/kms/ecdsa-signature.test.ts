import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { derFromRaw, isDer } from './ecdsa-signature.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const bytes = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((each) => Buffer.from(each))

suite('src/signing/kms/ecdsa-signature', () => {
  test('r‖s as DER is what OpenSSL verifies, whatever the numbers are', () => {
    for (let n = 0; n < 600; n++) {
      const data = Buffer.from(`waybill ${n}`)
      const raw = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      const der = derFromRaw(raw)
      assert.ok(der && isDer(der))
      assert.ok(verify('sha256', data, publicKey, der))
    }
  })

  test('what OpenSSL writes is DER', () => {
    for (let n = 0; n < 600; n++) assert.ok(isDer(sign('sha256', Buffer.from(`${n}`), privateKey)))
  })

  test('any 64 bytes have one DER; other lengths have none', () => {
    fc.assert(fc.property(bytes(64), (raw) => assert.ok(isDer(derFromRaw(raw)!))))
    for (const size of [0, 1, 63, 65, 96, 132]) assert.equal(derFromRaw(Buffer.alloc(size, 7)), undefined)
  })

  test('short numbers are short', () => {
    const raw = Buffer.alloc(64)
    assert.equal(derFromRaw(raw)?.toString('hex'), '3006020100020100')
    raw[31] = 0x7f
    raw[63] = 0x80
    assert.equal(derFromRaw(raw)?.toString('hex'), '300702017f02020080')
  })

  test('a changed, cut or longer encoding is another one, or none', () => {
    const der = sign('sha256', Buffer.from('x'), privateKey)
    for (let end = 0; end < der.length; end++) assert.equal(isDer(der.subarray(0, end)), false)
    assert.equal(isDer(Buffer.concat([der, Buffer.of(0)])), false)
    for (const hex of ['30060201ff020100', '300702020001020101', '3080020100020100', '310602010002010000'])
      assert.equal(isDer(Buffer.from(hex, 'hex')), false, hex)
    assert.equal(isDer(Buffer.concat([Buffer.of(0x30, 0x81, der.length - 2), der.subarray(2)])), false)
  })

  test('any bytes at all are looked at without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), (any) => typeof isDer(Buffer.from(any)) === 'boolean'),
    )
    const near = fc.tuple(fc.nat(80), fc.nat(80), bytes(80)).map(([first, second, rest]) => {
      const body = Buffer.concat([
        Buffer.of(0x02, first),
        rest.subarray(0, 33),
        Buffer.of(0x02, second),
        rest,
      ])
      return Buffer.concat([Buffer.of(0x30, body.length), body])
    })
    fc.assert(fc.property(near, (any) => typeof isDer(any) === 'boolean'))
  })
})
