import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { run } from '../src/base/command.ts'
import { readBlob } from '../src/registry/index.ts'
import type { ImageStore } from '../src/registry/index.ts'
import { findTool } from './support/outside-tool.ts'
import { temporaryDirectory } from './support/registries.ts'
import type { Cleanup } from './support/registries.ts'
import { openRoad } from './support/road.ts'
import { TestAuthority } from './support/timestamps.ts'

// docs/guide/audit.md is what an auditor types. Its blocks are run here on a real chain, as they stand there.
const GUIDE = readFileSync(join(import.meta.dirname, '../docs/guide/audit.md'), 'utf8')
const blocks = [...GUIDE.matchAll(/^```bash executed\n(.*?)^```$/gms)].map(([, block = '']) => block)
const [BY_HAND = '', ABOUT = '', HINT = '', TIME = '', REASONS = '', CHAIN = ''] = blocks
const tools = await Promise.all(
  ['bash', 'openssl', 'jq', 'sha256sum', 'base64'].map((name) => findTool(name)),
)
const skip = tools.includes(undefined) && 'bash, openssl, jq, sha256sum or base64 is not on this machine'

/** Two promotions into one environment, as an auditor fetches them, the newer one with a timestamp. */
async function fetched(t: Cleanup) {
  const road = await openRoad(t, { git: false })
  road.only('dev')
  await road.carry('a', {}, 'dev')
  const digest = await road.carry('b', {}, 'dev')
  const store = road.store('dev')
  const head = await store.manifest('promotions.dev')
  assert.ok(head)
  const newer = await bundleIn(store, head.descriptor.digest)
  const payload = JSON.parse(Buffer.from(newer.dsseEnvelope.payload, 'base64').toString('utf8'))
  const older = await bundleIn(store, payload.predicate.previous.record)
  const tsa = new TestAuthority('time')
  const signature = Buffer.from(newer.dsseEnvelope.signatures[0].sig, 'base64')
  const signedTimestamp = tsa.stamp(signature, { time: '2026-03-01T10:00:00Z' }).toString('base64')
  newer.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] }
  const directory = await temporaryDirectory(t)
  const put = (name: string, text: string) => writeFile(join(directory, name), text)
  await put('bundle.json', JSON.stringify(newer))
  await put('older.json', JSON.stringify(older))
  await put('signer.pub', road.publicKey('promotion'))
  await put('stranger.pub', road.publicKey('stranger'))
  await put('tsa.pem', tsa.chain)
  const audit = async (script: string, about: string = digest) => {
    const { code, stdout, stderr } = await run('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: directory,
      env: { PATH: process.env.PATH, DIGEST: about },
      accept: Array.from({ length: 256 }, (_, code) => code),
    })
    return { code, text: `${stdout.toString('utf8')}${stderr}` }
  }
  return { audit, directory }
}

// oxlint-disable-next-line typescript/no-explicit-any -- a bundle as an auditor sees it: JSON
async function bundleIn(store: ImageStore, manifest: string): Promise<any> {
  const stored = await store.manifest(manifest)
  assert.ok(stored?.manifest.kind === 'manifest')
  const [layer] = stored.manifest.layers
  assert.ok(layer)
  return JSON.parse((await readBlob(store, layer, layer.size)).toString('utf8'))
}

suite('docs/guide/audit.md', { skip }, () => {
  test('it has the blocks that are executed here', () => assert.equal(blocks.length, 6))

  test('signature, subject, key, time, reasons and chain, with openssl and jq alone', async (t) => {
    const { audit } = await fetched(t)
    const { code, text } = await audit(blocks.join('\n'))
    assert.equal(code, 0, text)
    assert.match(text, /^Verified OK$/m)
    assert.match(text, /^https:\/\/waybill\.dev\/promotion\/v1$/m)
    assert.match(text, /^Verification: OK$/m)
    assert.match(text, /Time stamp: Mar {2}1 10:00:00 2026 GMT/)
    assert.match(text, /^tests\tpass\t.*sha256:[0-9a-f]{64}$/m)
  })

  const flaws: readonly (readonly [string, readonly string[], RegExp | undefined])[] = [
    ['another key', [BY_HAND.replace('signer.pub', 'stranger.pub')], /Verification failure/],
    [
      'a changed statement',
      [`sed -i 's/"payload":"eyJ/"payload":"eyI/' bundle.json`, BY_HAND],
      /Verification failure/,
    ],
    ['another image', [BY_HAND, `DIGEST=sha256:${'0'.repeat(64)}`, ABOUT], undefined],
    ['another hint', [BY_HAND, HINT.replace('-in signer.pub', '-in stranger.pub')], undefined],
    [
      'a timestamp of another signature',
      [BY_HAND, 'echo x >> signature.der', TIME],
      /message imprint mismatch/,
    ],
    ['another predecessor', [BY_HAND, ABOUT, REASONS, 'cp bundle.json older.json', CHAIN], undefined],
  ]
  for (const [name, script, said] of flaws) {
    test(`${name} is noticed`, async (t) => {
      const { audit } = await fetched(t)
      const { code, text } = await audit(script.join('\n'))
      assert.notEqual(code, 0, text)
      if (said) assert.match(text, said)
    })
  }
})
