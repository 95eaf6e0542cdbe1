import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Digest } from '../../src/oci/index.ts'
import { withoutCosign } from '../support/cosign.ts'
import { blocksOf, filledIn, pageText, typed } from '../support/guide.ts'
import { provenanceOf } from '../support/policy-facts.ts'
import { APP, imageTag, openRoad, SOURCE } from '../support/road.ts'
import type { Road } from '../support/road.ts'
import { sigstoreInstance } from '../support/sigstore-instance.ts'

// A private Sigstore instance signs for `waybill attest`; cosign checks it offline, by the roots of that instance and
// with the words of docs/guide/audit.md.
const BLOCK = blocksOf('audit.md', 'sh').find((block) => block.includes('--certificate-identity')) ?? ''
/** What the page adds for an instance without a log. */
const [WITHOUT_LOG = ''] =
  /--insecure-ignore-tlog --use-signed-timestamps(?=`)/.exec(pageText('audit.md')) ?? []
const WHO = 'https://git.example.com/contoso/ordersvc/.github/workflows/build.yml@refs/heads/main'
const IMAGE = 'registry.example.com/prod/ordersvc@sha256:…'
const ends: (() => Promise<void> | void)[] = []
const t = { after: (end: () => Promise<void> | void) => void ends.push(end) }

let road: Road
let trusted: { readonly issuer: string; readonly trustedRoot: string } | undefined
before(async () => {
  road = await openRoad(t, {
    git: false,
    trust: (signers) => {
      if (!trusted) return
      const mayAssert = ['provenance']
      signers.push({ id: 'actions', kind: 'keyless', identity: WHO, mayAssert, ...trusted })
    },
  })
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})

const PROOFS = ['rekor', 'tsa'] as const
for (const proof of PROOFS)
  suite(`signed with an identity, proven by ${proof}`, { skip: withoutCosign({ program: 'cosign' }) }, () => {
    let digest: Digest
    before(async () => {
      const instance = await sigstoreInstance(t)
      const service = proof === 'rekor' ? { rekor: instance.url } : { tsa: `${instance.url}/timestamp` }
      const keyless = { fulcio: instance.url, identityToken: 'token', ...service }
      road.config.sign = { ...(road.config.sign as object), build: { keyless } }
      trusted = { issuer: instance.issuer, trustedRoot: 'trusted_root.json' }
      road.trustFile({ timestampAuthorities: [{ trustedRoot: 'trusted_root.json' }] })
      const files = {
        token: instance.tokenFor(WHO),
        'trusted_root.json': proof === 'rekor' ? instance.trustedRoot : withoutLog(instance.trustedRoot),
        'other_root.json': (await sigstoreInstance(t)).trustedRoot,
        'predicate.json': JSON.stringify(provenanceOf({ source: SOURCE }, 'dana@contoso.example')),
      }
      for (const [name, text] of Object.entries(files)) writeFileSync(join(road.directory, name), text)
      digest = await road.build(proof, { provenance: false })
      const words = ['attest', APP, imageTag(proof), '--predicate', 'predicate.json', '--type', 'provenance']
      const done = await road.cli(words)
      assert.equal(done.code, 0, done.stdout + done.stderr)
    })

    const verify = (change: Readonly<Record<string, string>> = {}) => {
      const script = filledIn(filledIn(BLOCK, { [IMAGE]: `${road.repository('dev')}@${digest}` }), change)
      const timed = `cosign verify-attestation ${WITHOUT_LOG}`
      return typed(
        proof === 'tsa' ? script.replace('cosign verify-attestation', timed) : script,
        road.directory,
      )
    }

    test('cosign verifies it as the page says', async () => {
      const { code, stdout, stderr } = await verify()
      assert.equal(code, 0, stderr)
      const { payload } = JSON.parse(stdout.split('\n')[0] ?? '') as { payload: string }
      assert.match(Buffer.from(payload, 'base64').toString('utf8'), new RegExp(digest.slice(7)))
    })

    const flaws: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
      ['another identity', { 'build.yml': 'other.yml' }, /no matching CertificateIdentity/],
      ['another issuer', { 'issuer.example.com': 'accounts.example.com' }, /no matching CertificateIdentity/],
      ['another instance', { 'trusted_root.json': 'other_root.json' }, /verif/],
      ['another type', { 'slsa.dev/provenance/v1': 'slsa.dev/other/v1' }, /none of the attestations matched/],
    ]
    for (const [name, change, why] of flaws)
      test(`${name} is refused`, async () => {
        const { code, stderr } = await verify(change)
        assert.notEqual(code, 0)
        assert.match(stderr, why)
      })
  })

/** The root of an instance that has no log: there a timestamp has to do. */
function withoutLog(trustedRoot: string): string {
  return JSON.stringify({ ...(JSON.parse(trustedRoot) as object), tlogs: [] })
}
