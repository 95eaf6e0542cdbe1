import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { makeStatement, predicateTypes } from '../attestation/index.ts'
import { digestOf } from '../oci/index.ts'
import { compileTrust, generateKey, readPrivateKey, signStatement } from '../signing/index.ts'
import type { SignedContent } from '../signing/index.ts'
import { verifyAll } from './verify.ts'

const IMAGE = digestOf('the image')

/** Two people who may approve, and one of them copying the other's very words. */
async function twoSigners() {
  const pairs = { alice: generateKey(), bob: generateKey() }
  const signers = Object.entries(pairs).map(([id, { publicKeyPem }]) => ({
    kind: 'key' as const,
    id,
    key: publicKeyPem,
    identity: `${id}@example.com`,
    roles: [],
    mayAssert: ['approval', 'signature'],
  }))
  const trust = await compileTrust({ version: 1, signers }, () => '', 'trust.yaml')
  const sign = async (id: keyof typeof pairs, predicate: object): Promise<SignedContent> => {
    const statement = makeStatement([IMAGE], predicateTypes.approval, predicate)
    const key = await readPrivateKey(pairs[id].privateKeyPem, undefined, id)
    const { bytes } = await signStatement(statement, key)
    return { format: 'bundle', bytes, origin: { manifest: digestOf(bytes), format: 'bundle' } }
  }
  return { trust, sign }
}

describe('verifyAll', () => {
  it("keeps everybody's signature over the same words: a copy cannot hide a rejection", async () => {
    const { trust, sign } = await twoSigners()
    const words = { decision: 'reject' }
    const contents = [await sign('alice', words), await sign('bob', words)]
    for (const order of [contents, contents.toReversed()]) {
      const { valid, unusable } = verifyAll(order, IMAGE, trust, { now: new Date() })
      assert.deepEqual(valid.map(({ signer }) => signer.id).toSorted(), ['alice', 'bob'])
      assert.deepEqual(unusable, [])
    }
  })

  it('counts what one signer signed twice once: ECDSA signatures differ each time', async () => {
    const { trust, sign } = await twoSigners()
    const contents = [
      await sign('alice', { decision: 'approve' }),
      await sign('alice', { decision: 'approve' }),
    ]
    const { valid } = verifyAll(contents, IMAGE, trust, { now: new Date() })
    assert.equal(valid.length, 1)
  })

  it('counts a signer once however often its signature is bent: (r, s) and (r, n-s) both verify', async () => {
    const { trust, sign } = await twoSigners()
    const original = await sign('alice', { decision: 'approve' })
    const bent = rebundled(original, malleated)
    assert.ok(!bent.bytes.equals(original.bytes))
    const others = [original, bent, rebundled(bent, malleated), await sign('bob', { decision: 'approve' })]
    fc.assert(
      fc.property(fc.shuffledSubarray([...others, ...others], { minLength: 1 }), (contents) => {
        const { valid, unusable } = verifyAll(contents, IMAGE, trust, { now: new Date() })
        assert.deepEqual(unusable, [])
        const signers = valid.map(({ signer }) => signer.id)
        assert.equal(new Set(signers).size, signers.length)
      }),
    )
    const { valid } = verifyAll([original, bent], IMAGE, trust, { now: new Date() })
    assert.deepEqual(
      valid.map(({ signer }) => signer.id),
      ['alice'],
    )
  })
})

// Order of the group of P-256 (FIPS 186-4, D.1.2.3).
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The other signature that verifies: s → n - s, in DER. */
function malleated(signature: Buffer): Buffer {
  const rLength = signature[3] ?? 0
  const r = signature.subarray(4, 4 + rLength)
  const s = BigInt(`0x${signature.subarray(6 + rLength).toString('hex')}`)
  const hex = (ORDER - s).toString(16).padStart(64, '0')
  const bytes = Buffer.from(hex.replace(/^(?:00)+(?=[0-7])/, ''), 'hex')
  const other = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
  const body = Buffer.concat([Buffer.from([2, r.length]), r, Buffer.from([2, other.length]), other])
  return Buffer.concat([Buffer.from([0x30, body.length]), body])
}

function rebundled(content: SignedContent, bend: (signature: Buffer) => Buffer): SignedContent {
  const json = JSON.parse(content.bytes.toString('utf8'))
  const [only] = json.dsseEnvelope.signatures
  only.sig = bend(Buffer.from(only.sig, 'base64')).toString('base64')
  return { ...content, bytes: Buffer.from(JSON.stringify(json)) }
}
