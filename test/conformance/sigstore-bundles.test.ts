import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { isFailure } from '../../src/base/index.ts'
import { digestOf } from '../../src/oci/index.ts'
import {
  compileTrust,
  generateKey,
  readPrivateKey,
  readPublicKey,
  trustSchema,
  verifyBundle,
  verifySigned,
} from '../../src/signing/index.ts'
import type { BundleMaterial } from '../../src/signing/index.ts'

// Public cases of sigstore-conformance: a name ending in _fail must be refused, every other must verify. Where the
// reason is known it must be that one, so that no case is refused by accident.
const REASONS: Readonly<Record<string, RegExp>> = {
  'bundle-empty-certificate-chain_fail': /BUNDLE_INVALID .*certificates/,
  'bundle-invalid-base64-signature_fail': /BUNDLE_INVALID .*base64/,
  'bundle-negative-log-index_fail': /BUNDLE_INVALID .*logIndex/,
  'bundle-with-root-cert_fail': /BUNDLE_INVALID .*root certificate/,
  'checkpoint-bad-keyhint_fail': /SIGNER_UNTRUSTED .*checkpoint/,
  'dsse-invalid-sig_fail': /SIGNATURE_INVALID/,
  'dsse-mismatch-sig_fail': /SIGNATURE_INVALID .*tlog entry/,
  'inclusion-proof-corrupted-hash_fail': /SIGNER_UNTRUSTED .*root hash/,
  'integrated-time-in-future_fail': /SIGNER_UNTRUSTED .*certificate chain/,
  'intoto-log-entry-mismatch_fail': /SIGNATURE_INVALID .*tlog entry/,
  'intoto-set-outside-signing-cert-validity_fail': /SIGNER_UNTRUSTED .*certificate chain/,
  'invalid-ct-key_fail': /SIGNER_UNTRUSTED .*SCT/,
  'managed-key-no-key_fail': /SIGNER_UNTRUSTED .*made with a key/,
  'message-digest-mismatch_fail': /SUBJECT_MISMATCH/,
  'rekor2-checkpoint-missing-log-signature_fail': /SIGNER_UNTRUSTED .*checkpoint/,
  'rekor2-checkpoint-missing-root-hash_fail': /SIGNER_UNTRUSTED .*checkpoint/,
  'rekor2-dsse-invalid-sig_fail': /SIGNATURE_INVALID/,
  'rekor2-dsse-mismatch-sig_fail': /SIGNATURE_INVALID/,
  'rekor2-no-inclusion-proof_fail': /BUNDLE_INVALID .*inclusion proof/,
  'rekor2-timestamp-outside-trust-root-tsa-validity_fail': /SIGNER_UNTRUSTED .*timestamp/,
  'rekor2-timestamp-payload-mismatch_fail': /SIGNER_UNTRUSTED .*timestamp/,
  'rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail': /SIGNER_UNTRUSTED .*timestamp/,
  'signature-mismatch_fail': /SIGNATURE_INVALID/,
  'wrong-hashedrekord-artifact_fail': /SIGNATURE_INVALID/,
  'wrong-hashedrekord-entry_fail': /SIGNATURE_INVALID/,
}
const ANY_REASON = /^(BUNDLE|SIGNATURE|STATEMENT|TRUST)_INVALID |^SIGNER_UNTRUSTED |^SUBJECT_MISMATCH /

const CASES = join(import.meta.dirname, '../../../shared/fixtures/sigstore-bundles')
const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'
const ISSUER = 'https://token.actions.githubusercontent.com'

const publicGood = publicGoodRoot()
const names = existsSync(CASES)
  ? readdirSync(CASES, { withFileTypes: true }).filter((e) => e.isDirectory())
  : []

suite('test/conformance/sigstore-bundles', { skip: names.length === 0 && 'no public cases here' }, () => {
  for (const { name } of names) {
    const files = filesOf(name)
    const skip =
      !files.root && !files.key && !publicGood && 'no public-good root on this machine (it comes with npm)'
    const artifact = { bytes: readFileSync(files.artifact) }
    const verify = (material: BundleMaterial, about = artifact) =>
      verifyBundle(readFileSync(files.bundle), material, about)

    if (name.endsWith('_fail')) {
      test(name, { skip }, () => refused(REASONS[name] ?? ANY_REASON, () => verify(materialOf(files))))
      continue
    }
    test(name, { skip }, async () => {
      await verify(materialOf(files))
    })
    // The right answer must not be right by luck.
    test(`${name}, another artifact`, { skip }, async () => {
      await refused(/SUBJECT_MISMATCH/, () =>
        verify(materialOf(files), { bytes: Buffer.from('another artifact') }),
      )
    })
    const material = materialOf(files)
    if ('key' in material) {
      test(`${name}, another key`, { skip }, async () => {
        const key = readPublicKey(generateKey().publicKeyPem, 'another key')
        await refused(/SIGNATURE_INVALID/, () => verify({ ...material, key }))
      })
      continue
    }
    test(`${name}, another identity`, { skip }, async () => {
      const { identity, issuer } = material
      for (const other of [`${identity}x`, identity.slice(0, -1), identity.replace('/', '.'), '.*'])
        await refused(/SIGNER_UNTRUSTED/, () => verify({ ...material, identity: other }))
      for (const other of [`${issuer}/`, 'https://accounts.google.com'])
        await refused(/SIGNER_UNTRUSTED/, () => verify({ ...material, issuer: other }))
    })
  }

  const logged = names.find(({ name }) => name === 'managed-key-and-trusted-root')
  test(
    'a sound log entry for another signature proves nothing (CVE-2022-23649, CVE-2026-22703)',
    {
      skip: !logged && 'its case is not here',
    },
    async () => {
      const files = filesOf('managed-key-and-trusted-root')
      const bytes = readFileSync(files.artifact)
      const signer = await readPrivateKey(generateKey().privateKeyPem, undefined, 'key')
      const bundle = JSON.parse(readFileSync(files.bundle, 'utf8'))
      bundle.verificationMaterial.publicKey.hint = signer.hint
      bundle.messageSignature.signature = (await signer.sign(bytes)).toString('base64')
      const ours = Buffer.from(JSON.stringify(bundle))
      const trustedRoot: unknown = JSON.parse(files.root!)
      await verifyBundle(ours, { key: signer.publicKey }, { bytes })
      await refused(/SIGNATURE_INVALID/, () =>
        verifyBundle(ours, { key: signer.publicKey, trustedRoot }, { bytes }),
      )
    },
  )

  test(
    'a log without a start of validity is not valid since 1970',
    { skip: !logged && 'its case is not here' },
    async () => {
      const files = filesOf('managed-key-and-trusted-root')
      const root = JSON.parse(files.root!)
      delete root.tlogs[0].publicKey.validFor.start
      const material = { key: readPublicKey(files.key!, 'key.pub'), trustedRoot: root as unknown }
      const artifact = { bytes: readFileSync(files.artifact) }
      await refused(/TRUST_INVALID .*no start of validity/, () =>
        verifyBundle(readFileSync(files.bundle), material, artifact),
      )
    },
  )

  const keyless = names.find(({ name }) => name === 'intoto-with-custom-trust-root')
  test('a keyless signer of the trust policy', { skip: !keyless && 'its case is not here' }, async () => {
    const files = filesOf('intoto-with-custom-trust-root')
    const subject = digestOf(readFileSync(files.artifact))
    const bytes = readFileSync(files.bundle)
    const { dsseEnvelope } = JSON.parse(bytes.toString('utf8'))
    const { predicateType } = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString('utf8'))
    const signer = {
      id: 'actions',
      kind: 'keyless',
      trustedRoot: 'root.json',
      identity: files.identity,
      issuer: files.issuer,
      mayAssert: [predicateType],
    }
    const judge = async (change: object, content = bytes, at = new Date('2026-11-20T12:00:00Z')) => {
      const policy = trustSchema.parse({ version: 1, signers: [{ ...signer, ...change }] })
      const trust = await compileTrust(policy, () => files.root!, 'trust.yaml')
      const origin = { manifest: subject, format: 'bundle' } as const
      const judged = verifySigned({ format: 'bundle', bytes: content, origin }, subject, trust, { now: at })
      return 'state' in judged ? `${judged.state} ${judged.code}` : `valid ${judged.signer.id}`
    }
    assert.equal(await judge({}), 'valid actions')
    // The log proves when it was signed (2023-02-01), so the validity period is asked about that time.
    assert.equal(await judge({ validFor: { end: '2023-02-02T00:00:00Z' } }), 'valid actions')
    assert.equal(await judge({ validFor: { end: '2023-01-31T00:00:00Z' } }), 'foreign SIGNER_NOT_ALLOWED')
    assert.equal(await judge({ identity: 'https://github.com/' }), 'foreign SIGNER_UNTRUSTED')
    assert.equal(await judge({ issuer: 'https://accounts.google.com' }), 'foreign SIGNER_UNTRUSTED')
    assert.equal(await judge({ mayAssert: ['pass'] }), 'foreign SIGNER_NOT_ALLOWED')
    const tampered = bytes
      .toString('utf8')
      .replace(/"payload": ?"ewog/, (found) => found.replace('ewog', 'ewoK'))
    assert.notEqual(tampered, bytes.toString('utf8'))
    assert.equal(await judge({}, Buffer.from(tampered)), 'invalid SIGNATURE_INVALID')
  })
})

async function refused(reason: RegExp, work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isFailure(error), `expected a failure with a code, got ${String(error)}`)
    assert.match(`${error.code} ${error.message}`, reason)
    return true
  })
}

function filesOf(name: string) {
  const file = (of: string) => (existsSync(join(CASES, name, of)) ? join(CASES, name, of) : undefined)
  const text = (of: string) => file(of) && readFileSync(file(of)!, 'utf8').trim()
  return {
    bundle: join(CASES, name, 'bundle.sigstore.json'),
    artifact: file('artifact') ?? join(CASES, 'a.txt'),
    key: text('key.pub'),
    root: text('trusted_root.json'),
    identity: text('identity') ?? IDENTITY,
    issuer: text('issuer') ?? ISSUER,
  }
}

function materialOf({ key, root, identity, issuer }: ReturnType<typeof filesOf>): BundleMaterial {
  const trustedRoot = root ? (JSON.parse(root) as unknown) : publicGood
  if (!key) return { trustedRoot, identity, issuer }
  return { key: readPublicKey(key, 'key.pub'), trustedRoot }
}

/** npm carries the public-good root as the seed of its own provenance checks. */
function publicGoodRoot(): unknown {
  const npm = (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'npm'))
  const found = [process.env.npm_execpath, ...npm].find((path) => path && existsSync(path))
  if (!found) return undefined
  const seeds = join(dirname(dirname(realpathSync(found))), 'node_modules/@sigstore/tuf/seeds.json')
  if (!existsSync(seeds)) return undefined
  const byMirror = JSON.parse(readFileSync(seeds, 'utf8'))
  const target = byMirror['https://tuf-repo-cdn.sigstore.dev']?.targets?.['trusted_root.json']
  return target && JSON.parse(Buffer.from(target, 'base64').toString('utf8'))
}
