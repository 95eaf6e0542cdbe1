import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { makeStatement, predicateTypes } from '../../src/attestation/index.ts'
import type { EvidenceAnswer } from '../../src/insight/index.ts'
import { digestOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import {
  compileTrust,
  generateKey,
  openSigner,
  readPrivateKey,
  signStatement,
  trustSchema,
  verifySigned,
} from '../../src/signing/index.ts'
import { Cosign, cosignMajors, withoutCosign } from '../support/cosign.ts'
import { noOpenssl, opensslAuthority } from '../support/openssl-authority.ts'
import type { OpensslAuthority } from '../support/openssl-authority.ts'
import { APP, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const IMAGE = digestOf('image')
const A_MINUTE = 60_000
const ends: (() => Promise<void> | void)[] = []
const t = { after: (end: () => Promise<void> | void) => void ends.push(end) }

let road: Road
let ours: OpensslAuthority
let other: OpensslAuthority
before(async () => {
  if (noOpenssl) return
  ;[ours, other] = await Promise.all([opensslAuthority(t), opensslAuthority(t)])
  road = await openRoad(t, { git: false, edit: (config) => void (config.timestamp = ours.url) })
  believe(ours)
  writeFileSync(join(road.directory, 'ours.pem'), ours.chain)
  writeFileSync(join(road.directory, 'other.pem'), other.chain)
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})

suite('timestamps of OpenSSL', { skip: noOpenssl }, () => {
  test("our query is answered, and the answer read: RSA, a fraction of a second, the certificate's chain", async () => {
    const pair = generateKey()
    const by = await readPrivateKey(pair.privateKeyPem, undefined, 'key')
    const since = Date.now() - 1000
    const statement = makeStatement([IMAGE], predicateTypes.provenance, {})
    const { bytes } = await signStatement(statement, await openSigner({ by, timestamp: ours.url }))
    const signers = [{ id: 'ci', kind: 'key', key: pair.publicKeyPem, mayAssert: ['provenance'] }]
    const judge = async (certificateChain: string) => {
      const parsed = trustSchema.parse({ version: 1, timestampAuthorities: [{ certificateChain }], signers })
      const trust = await compileTrust(parsed, () => '', 'trust.yaml')
      const content = { format: 'bundle', bytes, origin: { manifest: IMAGE, format: 'bundle' } } as const
      const judged = verifySigned(content, IMAGE, trust, { now: new Date() })
      assert.ok(!('state' in judged), JSON.stringify(judged))
      return judged.provenOn
    }
    const time = Date.parse((await judge(ours.ca)) ?? '')
    assert.ok(time >= since && time <= Date.now(), String(time))
    assert.equal(await judge(other.ca), undefined)
  })

  for (const major of cosignMajors) {
    // Version 1 knows no timestamps.
    if (major.program === 'cosign-1') continue
    for (const format of major.formats)
      test(
        `${major.program} asks it, ${format}: the time is proven here`,
        { skip: withoutCosign(major) },
        async () => {
          const { cosign, digest, image } = await bare(`${major.program} ${format}`, major)
          await cosign.sign('signature', image, format, `--timestamp-server-url=${ours.url}`)
          const [signature] = await evidenceOn(digest)
          assert.equal(signature?.state, 'valid')
          const age = Date.now() - Date.parse(signature.provenOn ?? '')
          assert.ok(age > -A_MINUTE && age < 5 * A_MINUTE, String(signature.provenOn))
          believe(other)
          const [unproven] = await evidenceOn(digest)
          believe(ours)
          assert.deepEqual([unproven?.state, unproven?.provenOn], ['valid', undefined])
        },
      )
  }

  for (const major of cosignMajors.filter(({ formats }) => formats.includes('bundle')))
    test(
      `ours verifies with ${major.program}, by the right authority only`,
      { skip: withoutCosign(major) },
      async () => {
        const { cosign, digest, image } = await bare(`for ${major.program}`, major)
        const done = await road.cli(['attest', APP, digest, '--signature'])
        assert.equal(done.code, 0, done.stderr)
        await cosign.trustAuthority('ours.json', ours.url, 'ours.pem')
        await cosign.trustAuthority('other.json', other.url, 'other.pem')
        const timed = (root: string) => ['--use-signed-timestamps', '--trusted-root', root]
        await cosign.verify('signature', image, 'bundle', ...timed('ours.json'))
        await cosign.refuses(cosign.verify('signature', image, 'bundle', ...timed('other.json')), /timestamp/)
      },
    )
})

function believe({ chain }: OpensslAuthority): void {
  road.trustFile({ timestampAuthorities: [{ certificateChain: chain }] })
}

/** An image about which nothing is said, and a cosign with the key for signatures. */
async function bare(seed: string, major: (typeof cosignMajors)[number]) {
  const digest = await road.build(seed, { provenance: false, signature: false, unit: false })
  const cosign = new Cosign(road.directory, major)
  await cosign.key('signature', road.privateKey('signature'), road.publicKey('signature'))
  return { cosign, digest, image: `${road.repository('dev')}@${digest}` }
}

/** As `waybill evidence list` has it, by the real clock. */
async function evidenceOn(digest: Digest): Promise<EvidenceAnswer['evidence']> {
  const words = ['evidence', 'list', `${road.repository('dev')}@${digest}`, '-o', 'json']
  const done = await road.cli(words)
  assert.equal(done.code, 0, done.stderr)
  return (JSON.parse(done.stdout) as EvidenceAnswer).evidence
}
