import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import { suite, test } from 'node:test'
import { WaybillError } from '../base/index.ts'
import { encryptPrivateKey, generateKey, readPrivateKey, readPublicKey } from './index.ts'

const pair = generateKey()
const locked = await encryptPrivateKey(pair.privateKeyPem, 'hello')

function refused(code: string, about: RegExp) {
  return (error: unknown) =>
    error instanceof WaybillError && error.code === code && error.exit === 2 && about.test(error.message)
}

function pemOf(label: string, body: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(body).toString('base64')}\n-----END ${label}-----\n`
}

interface CosignKeyFile {
  kdf: { name: string; params: { N: number; r: number; p: number } }
  cipher: { name: string; nonce: string }
  ciphertext: string
  extra?: unknown
}

/** The JSON inside a cosign key file, changed and packed again. */
function altered(change: (file: CosignKeyFile) => void, label = 'ENCRYPTED SIGSTORE PRIVATE KEY'): string {
  const body = locked.split('\n').slice(1, -2).join('')
  const file = JSON.parse(Buffer.from(body, 'base64').toString('utf8')) as CosignKeyFile
  change(file)
  return pemOf(label, Buffer.from(JSON.stringify(file)))
}

suite('src/signing/private-key', () => {
  test('a generated key signs, and its public key verifies', async () => {
    const signer = await readPrivateKey(pair.privateKeyPem, undefined, 'key')
    const signature = await signer.sign(Buffer.from('waybill'))
    const publicKey = readPublicKey(pair.publicKeyPem, 'pub')
    assert.ok(verify('sha256', Buffer.from('waybill'), publicKey, signature))
    assert.ok(!verify('sha256', Buffer.from('waybiLl'), publicKey, signature))
  })

  test('the hint is base64(sha256(SPKI DER))', async () => {
    const spki = Buffer.from(pair.publicKeyPem.split('\n').slice(1, -2).join(''), 'base64')
    const expected = createHash('sha256').update(spki).digest('base64')
    assert.equal((await readPrivateKey(pair.privateKeyPem, undefined, 'key')).hint, expected)
  })

  test('an encrypted key opens with its password only', async () => {
    const plain = await readPrivateKey(pair.privateKeyPem, undefined, 'key')
    assert.equal((await readPrivateKey(locked, 'hello', 'key')).hint, plain.hint)
    await assert.rejects(readPrivateKey(locked, 'Hello', 'key'), refused('KEY_PASSWORD', /does not open/))
    await assert.rejects(readPrivateKey(locked, undefined, 'key'), refused('KEY_PASSWORD', /no password/))
  })

  test('the older PEM type of cosign is read, and an empty password is a password', async () => {
    const empty = (await encryptPrivateKey(pair.privateKeyPem, '')).replaceAll('SIGSTORE', 'COSIGN')
    assert.equal(
      (await readPrivateKey(empty, '', 'key')).hint,
      (await readPrivateKey(pair.privateKeyPem, undefined, 'key')).hint,
    )
  })

  const sec1 = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey
  const ed25519 = generateKeyPairSync('ed25519').privateKey
  const sec1Inside = encryptPrivateKey(sec1.replaceAll('EC PRIVATE', 'PRIVATE'), 'x')
  const pkcs8 = (key: typeof p384) => key.export({ type: 'pkcs8', format: 'pem' }) as string

  const refusals: readonly (readonly [string, string | Promise<string>, RegExp])[] = [
    ['SEC1', sec1, /Found "EC PRIVATE KEY", expected "PRIVATE KEY"/],
    ['SEC1 called PKCS#8', sec1.replaceAll('EC PRIVATE', 'PRIVATE'), /not PKCS#8/],
    ['SEC1 inside a cosign key', sec1Inside, /not PKCS#8/],
    ['P-384', pkcs8(p384), /secp384r1, expected ECDSA on curve P-256/],
    ['Ed25519', pkcs8(ed25519), /ed25519, expected ECDSA on curve P-256/],
    ['a public key', pair.publicKeyPem, /Found "PUBLIC KEY"/],
    ['no PEM', 'hello', /not one PEM block/],
    ['two blocks', pair.privateKeyPem + pair.privateKeyPem, /not one PEM block/],
    ['text before the block', `x\n${pair.privateKeyPem}`, /not one PEM block/],
    ['broken base64', pair.privateKeyPem.replace('MI', 'M!'), /not one PEM block/],
    ['too long', 'A'.repeat(70_000), /not one PEM block/],
    ['costly scrypt', altered((f) => (f.kdf.params.N = 2 ** 24)), /cost more/],
    ['costly scrypt by p', altered((f) => (f.kdf.params.p = 64)), /cost more/],
    ['N no power of two', altered((f) => (f.kdf.params.N = 65_535)), /power of two/],
    ['another kdf', altered((f) => (f.kdf.name = 'argon2')), /kdf\.name/],
    ['another cipher', altered((f) => (f.cipher.name = 'none')), /cipher\.name/],
    ['a short nonce', altered((f) => (f.cipher.nonce = 'AAAA')), /cipher\.nonce: expected 24 bytes/],
    ['an unknown field', altered((f) => (f.extra = 1)), /top level/],
    ['no JSON inside', pemOf('ENCRYPTED SIGSTORE PRIVATE KEY', Buffer.from('{')), /not JSON/],
  ]
  for (const [name, text, about] of refusals) {
    test(`refuses ${name}`, async () => {
      await assert.rejects(readPrivateKey(await text, 'x', 'key'), refused('KEY_INVALID', about))
    })
  }

  test('a changed ciphertext is not opened', async () => {
    const changed = altered((file) => {
      const bytes = Buffer.from(file.ciphertext, 'base64')
      bytes[20]! ^= 1
      file.ciphertext = bytes.toString('base64')
    })
    await assert.rejects(readPrivateKey(changed, 'hello', 'key'), refused('KEY_PASSWORD', /was changed/))
  })

  test('no message repeats the key or the password', async () => {
    for (const text of [locked, pair.privateKeyPem.replace('MI', 'M!'), sec1]) {
      await assert.rejects(
        readPrivateKey(text, 'a-wrong-password', 'key'),
        (error: Error) =>
          !error.message.includes('a-wrong-password') && !/[A-Za-z0-9+/]{40}/.test(error.message),
      )
    }
  })
})

suite('src/signing/public-key', () => {
  const spki = { type: 'spki', format: 'pem' } as const
  const rsa = (bits: number) =>
    generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export(spki) as string
  const accepted: readonly (readonly [string, string])[] = [
    ['P-256', pair.publicKeyPem],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey.export(spki) as string],
    ['RSA 2048', rsa(2048)],
  ]
  for (const [name, pem] of accepted) {
    test(`reads ${name}`, () => assert.equal(readPublicKey(pem, 'pub').type, 'public'))
  }

  const refusals: readonly (readonly [string, string])[] = [
    ['RSA 1024', rsa(1024)],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).publicKey.export(spki) as string],
    ['Ed25519', generateKeyPairSync('ed25519').publicKey.export(spki) as string],
    ['a private key', pair.privateKeyPem],
    ['bytes that are no key', pemOf('PUBLIC KEY', Buffer.from('hello'))],
  ]
  for (const [name, pem] of refusals) {
    test(`refuses ${name}`, () => assert.throws(() => readPublicKey(pem, 'pub'), refused('KEY_INVALID', /./)))
  }
})
