import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
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
})
