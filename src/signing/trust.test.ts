import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { suite, test } from 'node:test'
import { isFailure, WaybillError } from '../base/index.ts'
import { predicateTypes } from '../attestation/index.ts'
import { compileTrust, generateKey, trustSchema } from './index.ts'

const one = generateKey().publicKeyPem
const two = generateKey().publicKeyPem
const entry = { id: 'ci', kind: 'key', key: one, mayAssert: ['provenance'] }
const FILES: Readonly<Record<string, string>> = { 'keys/ci.pub': one, 'root.json': '{}' }

function readFile(path: string): string {
  const found = FILES[path]
  if (found === undefined) throw new Error('ENOENT: no such file')
  return found
}

const compile = (...signers: object[]) =>
  compileTrust(trustSchema.parse({ version: 1, signers }), readFile, 'trust.yaml')

suite('src/signing/schema', () => {
  const flaws: readonly (readonly [string, object, RegExp])[] = [
    ['an unknown field', { ...entry, mayassert: [] }, /mayassert/],
    ['an unknown predicate name', { ...entry, mayAssert: ['provenence'] }, /expected a predicate type/],
    ['a name every object has', { ...entry, mayAssert: ['toString'] }, /expected a predicate type/],
    [
      'a known type with a slash at its end',
      { ...entry, mayAssert: ['https://slsa.dev/provenance/v1/'] },
      /expected a predicate type/,
    ],
    [
      'a known type in another case',
      { ...entry, mayAssert: ['https://SLSA.dev/Provenance/v1'] },
      /expected a predicate type/,
    ],
    ['nothing to assert', { ...entry, mayAssert: [] }, /mayAssert/],
    ['mayAssert missing', { ...entry, mayAssert: undefined }, /mayAssert/],
    ['an id with a space', { ...entry, id: 'c i' }, /expected 1 to 64/],
    ['x509 without certificates', { ...entry, kind: 'x509' }, /certificates/],
    ['kms without its public key', { id: 'k', kind: 'kms', mayAssert: ['pass'] }, /key/],
    ['another kind', { ...entry, kind: 'pgp' }, /expected kind key, kms, x509 or keyless/],
    ['a revocation without a time', { ...entry, revoked: { reason: 'stolen' } }, /at/],
    ['no key', { ...entry, key: undefined }, /key/],
    [
      'keyless without issuer',
      { ...entry, key: undefined, kind: 'keyless', trustedRoot: 'r', identity: 'i' },
      /issuer/,
    ],
    [
      'keyless with a key',
      { ...entry, kind: 'keyless', trustedRoot: 'r', identity: 'i', issuer: 'https://i' },
      /"key"/,
    ],
    ['a day without time', { ...entry, validFor: { start: '2026-01-01' } }, /expected a time/],
    [
      'an end before the start',
      { ...entry, validFor: { start: '2026-01-02T00:00:00Z', end: '2026-01-01T00:00:00Z' } },
      /start before the end/,
    ],
    ['an unknown field in validFor', { ...entry, validFor: { until: '2026-01-01T00:00:00Z' } }, /until/],
    ['environments that name none', { ...entry, environments: [] }, /environments/],
    ['repositories that name none', { ...entry, repositories: [] }, /repositories/],
  ]
  for (const [name, signer, about] of flaws) {
    test(`refuses ${name}`, () => {
      const read = trustSchema.safeParse({ version: 1, signers: [signer] })
      assert.match(read.error?.message ?? 'accepted', about)
    })
  }

  test('refuses another version', () => {
    assert.equal(trustSchema.safeParse({ version: 2, signers: [] }).success, false)
  })
})

suite('src/signing/trust', () => {
  test('short names become URIs, files become keys', async () => {
    const { signers } = await compile({
      ...entry,
      key: 'keys/ci.pub',
      mayAssert: ['provenance', 'https://example.com/x/v1'],
    })
    const [signer] = signers
    assert.ok(signer?.kind === 'key')
    assert.deepEqual([...signer.mayAssert], [predicateTypes.provenance, 'https://example.com/x/v1'])
    assert.equal(signer.key.asymmetricKeyType, 'ec')
  })

  test('the e-mail of a person is compared in lower case', async () => {
    const { signers } = await compile({ ...entry, identity: 'Maria@Contoso.Example' })
    assert.equal(signers[0]?.identity, 'maria@contoso.example')
  })

  const refusals: readonly (readonly [string, () => Promise<unknown>, string, RegExp])[] = [
    [
      'one id twice',
      () => compile(entry, { ...entry, key: two }),
      'TRUST_INVALID',
      /the id ci in two signers/,
    ],
    ['one key under two ids', () => compile(entry, { ...entry, id: 'b' }), 'TRUST_INVALID', /the same key/],
    [
      'one key under two ids, once from a file',
      () => compile(entry, { ...entry, id: 'b', key: 'keys/ci.pub' }),
      'TRUST_INVALID',
      /the same key/,
    ],
    [
      'a missing file',
      () => compile({ ...entry, key: 'keys/none.pub' }),
      'TRUST_INVALID',
      /keys\/none\.pub: ENOENT/,
    ],
    ['a key that is none', () => compile({ ...entry, key: 'root.json' }), 'KEY_INVALID', /PEM/],
    [
      'a root that is none',
      () =>
        compile({
          id: 'k',
          kind: 'keyless',
          trustedRoot: 'root.json',
          identity: 'i',
          issuer: 'https://i',
          mayAssert: ['pass'],
        }),
      'TRUST_INVALID',
      /no Sigstore trusted root/,
    ],
    [
      'environments without effect',
      () => compile({ ...entry, environments: ['prod'] }),
      'TRUST_INVALID',
      /nothing it may assert names an environment/,
    ],
    [
      'a small RSA key',
      () =>
        compile({
          ...entry,
          key: generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
            type: 'spki',
            format: 'pem',
          }),
        }),
      'KEY_INVALID',
      /RSA from 2048/,
    ],
  ]
  for (const [name, work, code, about] of refusals) {
    test(`refuses ${name}`, async () => {
      await assert.rejects(
        work,
        (error) =>
          error instanceof WaybillError &&
          error.code === code &&
          error.exit === 2 &&
          about.test(error.message),
      )
    })
  }

  test('the digest follows the meaning, not the writing', async () => {
    const other = {
      id: 'b',
      kind: 'key',
      key: two,
      mayAssert: ['pass', 'promotion'],
      environments: ['a', 'b'],
    }
    const { digest } = await compile(entry, other)
    assert.equal((await compile(other, entry)).digest, digest)
    assert.equal((await compile({ ...entry, key: 'keys/ci.pub' }, other)).digest, digest)
    assert.equal((await compile({ ...entry, mayAssert: [predicateTypes.provenance] }, other)).digest, digest)
    assert.equal(
      (await compile(entry, { ...other, mayAssert: ['promotion', 'pass'], environments: ['b', 'a'] })).digest,
      digest,
    )
  })

  const meanings: readonly object[] = [
    entry,
    { ...entry, id: 'cj' },
    { ...entry, key: two },
    { ...entry, mayAssert: ['pass'] },
    { ...entry, identity: 'a@b' },
    { ...entry, roles: ['r'] },
    { ...entry, validFor: { start: '2026-01-01T00:00:00Z' } },
    { ...entry, validFor: { end: '2026-01-01T00:00:00Z' } },
    { ...entry, repositories: ['a/**'] },
    { ...entry, revoked: { at: '2026-01-01T00:00:00Z' } },
    { ...entry, mayAssert: ['pass'], environments: ['prod'] },
  ]
  test('every field changes the digest', async () => {
    const policies = await Promise.all(meanings.map((signer) => compile(signer)))
    assert.equal(new Set(policies.map(({ digest }) => digest)).size, meanings.length)
  })

  test('a failure to read keeps its cause', async () => {
    await assert.rejects(
      () => compile({ ...entry, key: 'none' }),
      (error) => isFailure(error) && error.cause instanceof Error,
    )
  })
})
