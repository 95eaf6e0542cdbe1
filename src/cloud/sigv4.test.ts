import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signedHeaders } from './sigv4.ts'
import type { UnsignedRequest } from './sigv4.ts'

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const now = new Date('2015-08-30T12:36:00Z')

function signature(request: Partial<UnsignedRequest> & { readonly url: URL }, service = 'service'): string {
  const whole = { method: 'GET', headers: {}, body: '', ...request } as const
  return signedHeaders(whole, keys, { region: 'us-east-1', service, now }).authorization ?? ''
}

// AWS General Reference, "Signature Version 4 test suite" and "Examples of the complete signing process".
describe('src/cloud/sigv4: published values', () => {
  const plain = new URL('https://example.amazonaws.com/')
  it('get-vanilla', () => {
    assert.equal(
      signature({ url: plain }),
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    )
  })
  it('post-vanilla', () => {
    const found = signature({ url: plain, method: 'POST' })
    assert.match(found, /Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b$/)
  })
  it('get-vanilla-query-order-key-case', () => {
    const found = signature({ url: new URL('?Param2=value2&Param1=value1', plain) })
    assert.match(found, /Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500$/)
  })
  it('ListUsers of IAM', () => {
    const url = new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08')
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    assert.match(
      signature({ url, headers }, 'iam'),
      /SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7$/,
    )
  })
  it('a session token is sent and signed', () => {
    const session = { ...keys, sessionToken: 'session' }
    const signed = signedHeaders({ method: 'POST', url: plain, headers: {}, body: '{}' }, session, {
      region: 'us-east-1',
      service: 'ecr',
      now,
    })
    assert.equal(signed['x-amz-security-token'], 'session')
    assert.match(signed.authorization ?? '', /SignedHeaders=host;x-amz-date;x-amz-security-token,/)
  })
})
