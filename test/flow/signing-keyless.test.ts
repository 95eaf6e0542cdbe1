import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isFailure } from '../../src/base/index.ts'
import { makeStatement, predicateTypes } from '../../src/attestation/index.ts'
import { digestOf } from '../../src/oci/index.ts'
import {
  compileTrust,
  generateKey,
  openSigner,
  readPrivateKey,
  signStatement,
  trustSchema,
  verifySigned,
} from '../../src/signing/index.ts'
import type { Signer } from '../../src/signing/index.ts'
import { authority, CODE_SIGNING, issue } from '../support/certificates.ts'
import { sigstoreInstance } from '../support/sigstore-instance.ts'
import type { SigstoreInstance } from '../support/sigstore-instance.ts'

const IMAGE = digestOf('image')
const WHO = 'https://git.example.com/contoso/ordersvc/.github/workflows/build.yml@refs/heads/main'
const statement = makeStatement([IMAGE], predicateTypes.provenance, { a: 1 })

async function judge(bytes: Buffer, signers: readonly object[], instance: SigstoreInstance) {
  const timestampAuthorities = [{ trustedRoot: 'root.json' }]
  const policy = trustSchema.parse({ version: 1, timestampAuthorities, signers })
  const trust = await compileTrust(policy, () => instance.trustedRoot, 'trust.yaml')
  const origin = { manifest: IMAGE, format: 'bundle' } as const
  return verifySigned({ format: 'bundle', bytes, origin }, IMAGE, trust, { now: new Date() })
}

async function verdict(signer: Signer, entry: object, instance: SigstoreInstance) {
  const { bytes } = await signStatement(statement, signer)
  const judged = await judge(bytes, [{ mayAssert: ['provenance'], ...entry }], instance)
  if ('state' in judged) return `${judged.code}: ${judged.reason}`
  return `valid ${judged.signer.id}${judged.provenOn === undefined ? '' : ', proven'}`
}

const keyless = (instance: SigstoreInstance) => ({
  id: 'actions',
  kind: 'keyless',
  trustedRoot: 'root.json',
  identity: WHO,
  issuer: instance.issuer,
})

function service(instance: SigstoreInstance, change: object = {}) {
  const { url } = instance
  return {
    fulcio: url,
    rekor: url as string | undefined,
    tsa: undefined as string | undefined,
    identityToken: () => Promise.resolve(instance.tokenFor(WHO)),
    ...change,
  }
}

function failsWith(code: string, about: RegExp) {
  return (error: unknown) => {
    assert.ok(isFailure(error), String(error))
    assert.equal(error.code, code)
    assert.match(error.message, about)
    return true
  }
}

suite('test/flow/signing-keyless', () => {
  test('signed with an identity, proven by the promise of a log', async (t) => {
    const instance = await sigstoreInstance(t)
    const signer = await openSigner({ by: service(instance) })
    assert.equal(await verdict(signer, keyless(instance), instance), 'valid actions, proven')
    assert.deepEqual(instance.asked, ['/api/v2/signingCert', '/api/v1/log/entries'])
    assert.match(
      await verdict(signer, { ...keyless(instance), identity: `${WHO}x` }, instance),
      /SIGNER_UNTRUSTED/,
    )
    assert.match(
      await verdict(signer, { ...keyless(instance), issuer: 'https://accounts.example.com' }, instance),
      /SIGNER_UNTRUSTED/,
    )
  })

  test('each statement has a certificate of its own', async (t) => {
    const instance = await sigstoreInstance(t)
    const signer = await openSigner({ by: service(instance) })
    const two = await Promise.all([signStatement(statement, signer), signStatement(statement, signer)])
    const [one, other] = two.map(({ bytes }) => JSON.parse(bytes.toString('utf8')).verificationMaterial)
    assert.notEqual(one.certificate.rawBytes, other.certificate.rawBytes)
  })

  test('with log and timestamp', async (t) => {
    const instance = await sigstoreInstance(t)
    const signer = await openSigner({ by: service(instance), timestamp: `${instance.url}/timestamp` })
    assert.equal(await verdict(signer, keyless(instance), instance), 'valid actions, proven')
    assert.equal(instance.asked.at(-1), '/timestamp')
  })

  test('an instance without a log: the timestamp has to do, and does', async (t) => {
    const instance = await sigstoreInstance(t)
    const trustedRoot = JSON.stringify({ ...JSON.parse(instance.trustedRoot), tlogs: [] })
    const signer = await openSigner({
      by: service(instance, { rekor: undefined, tsa: `${instance.url}/timestamp` }),
    })
    const entry = keyless(instance)
    assert.equal(await verdict(signer, entry, { ...instance, trustedRoot }), 'valid actions, proven')
    // Where the root has a log, an entry is asked for.
    assert.match(await verdict(signer, entry, instance), /SIGNER_UNTRUSTED.*tlog/)
  })

  test('nothing that would prove the time: refused before and after asking', async (t) => {
    const instance = await sigstoreInstance(t, { withoutPromise: true })
    const signer = await openSigner({ by: service(instance) })
    await assert.rejects(signStatement(statement, signer), failsWith('KEYLESS_WITHOUT_TIME', /promise/))
    await assert.rejects(
      openSigner({ by: service(instance, { rekor: undefined }) }),
      failsWith('KEYLESS_WITHOUT_TIME', /Neither/),
    )
  })

  test('a log entry about another signature proves nothing (CVE-2026-22703)', async (t) => {
    const instance = await sigstoreInstance(t, { otherEntry: true })
    const signer = await openSigner({ by: service(instance) })
    assert.match(await verdict(signer, keyless(instance), instance), /SIGNATURE_INVALID/)
  })

  test('a bad token is in no message', async (t) => {
    const instance = await sigstoreInstance(t)
    for (const token of ['secret.secret.secret', 'secret']) {
      const signer = await openSigner({
        by: service(instance, { identityToken: () => Promise.resolve(token) }),
      })
      await assert.rejects(signStatement(statement, signer), (error) => {
        assert.ok(isFailure(error))
        assert.equal(error.code, 'KEYLESS_FAILED')
        assert.doesNotMatch(JSON.stringify([error.message, error.next, error.where, error.detail]), /secret/)
        return true
      })
    }
  })

  test('a service that is not there', async (t) => {
    const instance = await sigstoreInstance(t)
    const gone = await openSigner({ by: service(instance, { fulcio: `${instance.url}/gone` }) })
    await assert.rejects(signStatement(statement, gone), failsWith('KEYLESS_FAILED', /404/))
  })
})

suite('test/flow/signing-keyless, timestamps', () => {
  const pair = generateKey()
  const entry = { id: 'ci', kind: 'key', key: pair.publicKeyPem }
  const key = () => readPrivateKey(pair.privateKeyPem, undefined, 'key')

  test('a key with a timestamp', async (t) => {
    const instance = await sigstoreInstance(t)
    const signer = await openSigner({ by: await key(), timestamp: `${instance.url}/timestamp` })
    assert.equal(await verdict(signer, entry, instance), 'valid ci, proven')
    assert.equal((await signStatement(statement, signer)).timestamped, true)
    assert.equal((await signStatement(statement, await key())).timestamped, false)
  })

  test('an answer about another signature is not published', async (t) => {
    const instance = await sigstoreInstance(t, { otherImprint: true })
    const signer = await openSigner({ by: await key(), timestamp: `${instance.url}/timestamp` })
    await assert.rejects(signStatement(statement, signer), failsWith('TIMESTAMP_FAILED', /another signature/))
  })

  test('an address that gives no timestamps', async (t) => {
    const instance = await sigstoreInstance(t)
    const signer = await openSigner({ by: await key(), timestamp: `${instance.url}/nothing` })
    await assert.rejects(signStatement(statement, signer), failsWith('TIMESTAMP_FAILED', /404/))
  })

  test('a key with a certificate of an own authority', async (t) => {
    const instance = await sigstoreInstance(t)
    const { intermediate, pem } = authority('contoso')
    const leaf = issue({ name: 'ci', issuer: intermediate, usage: [CODE_SIGNING], uris: [WHO] })
    const by = await readPrivateKey(leaf.privateKeyPem, undefined, 'key')
    const certificate = { pem: leaf.pem + pem, where: 'ci.pem' }
    const x509 = { id: 'ci', kind: 'x509', certificates: pem, identity: WHO }
    const stamped = await openSigner({ by, certificate, timestamp: `${instance.url}/timestamp` })
    assert.equal(await verdict(stamped, x509, instance), 'valid ci, proven')
    const plain = await openSigner({ by, certificate })
    assert.match(await verdict(plain, x509, instance), /SIGNER_UNTRUSTED: No timestamp proves/)
    assert.equal(await verdict(plain, { ...x509, at: 'now' }, instance), 'valid ci')
    await assert.rejects(
      openSigner({ by: await key(), certificate }),
      failsWith('KEY_INVALID', /another key/),
    )
  })
})
