import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { decodeBase64 } from './base64.ts'

suite('src/signing/base64', () => {
  test('decodes what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        assert.deepEqual(decodeBase64(Buffer.from(bytes).toString('base64')), Buffer.from(bytes))
      }),
    )
  })

  test('one byte string has one text: whatever decodes encodes to the same text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const decoded = decodeBase64(text)
        assert.ok(decoded === undefined || decoded.toString('base64') === text)
      }),
    )
  })

  for (const text of ['QQ', 'QQ=', 'QR==', 'Q Q==', 'QQ==\n', '_-8=', 'QQ==QQ==', '=', 'Q!==']) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.equal(decodeBase64(text), undefined))
  }
})
