import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { evidenceOn } from '../../src/assessment/index.ts'
import { loadTrust } from '../../src/config/index.ts'
import { isFailure } from '../../src/base/index.ts'
import { statementsOf, predicateTypes } from '../../src/attestation/index.ts'
import { authority, CODE_SIGNING, issue } from '../support/certificates.ts'
import type { Cleanup } from '../support/registries.ts'
import { APP, imageTag, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'
import { sigstoreInstance } from '../support/sigstore-instance.ts'
import type { SigstoreInstance } from '../support/sigstore-instance.ts'
import { TestAuthority } from '../support/timestamps.ts'

const WHO = 'https://git.example.com/contoso/ordersvc/.github/workflows/build.yml@refs/heads/main'

interface World {
  readonly road: Road
  readonly instance: SigstoreInstance
  /** Changes trust.yaml, which holds JSON. */
  readonly trust: (change: (file: TrustJson) => void) => void
}

interface TrustJson {
  expires?: string
  timestampAuthorities?: object[]
  signers: Record<string, unknown>[]
}

async function world(t: Cleanup): Promise<World> {
  const instance = await sigstoreInstance(t)
  const road = await openRoad(t, { git: false })
  road.only('dev')
  writeFileSync(join(road.directory, 'root.json'), instance.trustedRoot)
  const file = join(road.directory, 'trust.yaml')
  const trust: World['trust'] = (change) => {
    const json = JSON.parse(readFileSync(file, 'utf8')) as TrustJson
    change(json)
    writeFileSync(file, JSON.stringify(json))
  }
  return { road, instance, trust }
}

/** Changes waybill.yaml and leaves trust.yaml as it is. */
function configure({ road }: World, change: object): void {
  Object.assign(road.config, change)
  writeFileSync(join(road.directory, 'waybill.yaml'), JSON.stringify(road.config))
}

async function sayings({ road }: World, type: string) {
  const digest = await road.tag('dev', imageTag('a'))
  assert.ok(digest)
  const trust = await loadTrust(join(road.directory, 'trust.yaml'), 'trust.yaml')
  return statementsOf(await evidenceOn(road.store('dev'), digest, trust, road.now), type)
}

function failsWith(code: string, exit: number) {
  return (error: unknown) => {
    assert.ok(isFailure(error), String(error))
    assert.deepEqual([error.code, error.exit], [code, exit], error.message)
    return true
  }
}

suite('test/flow/road-signing', () => {
  test('what is signed on the road is timestamped, and outlives its key', async (t) => {
    const here = await world(t)
    const { road, instance, trust } = here
    trust((file) => (file.timestampAuthorities = [{ trustedRoot: 'root.json' }]))
    configure(here, { timestamp: `${instance.url}/timestamp` })
    await road.build('a')
    assert.equal((await road.promote('dev', { image: imageTag('a') })).outcome, 'promoted')
    const [record] = await sayings(here, predicateTypes.promotion)
    assert.ok(record?.provenOn)
    const [mark] = await sayings(here, predicateTypes.pass)
    assert.ok(mark?.provenOn)
    // The key is revoked from tomorrow on: what it signed today counts, and the chain still reads.
    const revokedAt = new Date(Date.now() + 86_400_000).toISOString()
    trust(({ signers }) => {
      for (const signer of signers) if (signer.id === 'promoter') signer.revoked = { at: revokedAt }
    })
    assert.equal((await road.chain('dev')).length, 1)
    // From yesterday on: it does not.
    trust(({ signers }) => {
      for (const signer of signers)
        if (signer.id === 'promoter') signer.revoked = { at: '2026-01-01T00:00:00Z' }
    })
    await assert.rejects(road.chain('dev'), failsWith('RECORD_INVALID', 3))
  })

  test('a timestamp nobody would believe is not published', async (t) => {
    const here = await world(t)
    const { road, instance, trust } = here
    trust((file) => (file.timestampAuthorities = [{ certificateChain: new TestAuthority('other').chain }]))
    configure(here, { timestamp: `${instance.url}/timestamp` })
    await road.build('a')
    await assert.rejects(road.promote('dev', { image: imageTag('a') }), failsWith('TIMESTAMP_UNTRUSTED', 2))
    assert.equal(await road.tag('dev', 'promotions.dev'), undefined)
    assert.deepEqual(await sayings(here, predicateTypes.promotion), [])
  })

  test('an authority that does not answer: nothing is written, and later the same command does it', async (t) => {
    const here = await world(t)
    const { road, instance, trust } = here
    trust((file) => (file.timestampAuthorities = [{ trustedRoot: 'root.json' }]))
    configure(here, { timestamp: 'http://127.0.0.1:9/timestamp' })
    await road.build('a')
    await assert.rejects(road.promote('dev', { image: imageTag('a') }), failsWith('TIMESTAMP_FAILED', 1))
    assert.equal(await road.tag('dev', 'promotions.dev'), undefined)
    configure(here, { timestamp: `${instance.url}/timestamp` })
    assert.equal((await road.promote('dev', { image: imageTag('a') })).outcome, 'promoted')
  })

  test('signed with an identity, from waybill.yaml to the gate; no program on the way gets its token', async (t) => {
    const here = await world(t)
    const { road, instance, trust } = here
    const seen = join(road.directory, 'seen')
    road.env.SIGSTORE_ID_TOKEN = instance.tokenFor(WHO)
    road.change('dev', {
      gates: [{ signature: { signers: ['actions'] } }],
      prove: [{ command: `env > ${seen}` }],
    })
    trust(({ signers }) =>
      signers.push({
        id: 'actions',
        kind: 'keyless',
        trustedRoot: 'root.json',
        identity: WHO,
        issuer: instance.issuer,
        mayAssert: ['signature'],
      }),
    )
    const keyless = { fulcio: instance.url, rekor: instance.url, identityToken: 'gitlab' }
    configure(here, { sign: { ...(road.config.sign as object), signature: { keyless } } })
    await road.build('a', { signature: false })
    const workspace = await road.open()
    const claim = { kind: 'signature' } as const
    const { outcome, signer } = await workspace.attest({ application: APP, image: imageTag('a'), claim })
    assert.deepEqual([outcome, signer], ['attached', 'actions'])
    assert.equal((await road.promote('dev', { image: imageTag('a') })).outcome, 'promoted')
    assert.match(readFileSync(seen, 'utf8'), /^PATH=/m)
    assert.doesNotMatch(readFileSync(seen, 'utf8'), /SIGSTORE_ID_TOKEN|eyJ/)
  })

  test('github gives a token for audience sigstore; without one it is said what is missing', async (t) => {
    const here = await world(t)
    const { road, instance } = here
    const keyless = { fulcio: instance.url, rekor: instance.url, identityToken: 'github' }
    configure(here, { sign: { ...(road.config.sign as object), signature: { keyless } } })
    await road.build('a', { signature: false })
    const workspace = await road.open()
    const claim = { kind: 'signature' } as const
    await assert.rejects(
      workspace.attest({ application: APP, image: imageTag('a'), claim }),
      (error) => failsWith('IDENTITY_TOKEN_MISSING', 2)(error) && /id-token: write/.test(String(error)),
    )
  })

  test('signed with a certificate, from waybill.yaml to the gate', async (t) => {
    const here = await world(t)
    const { road, trust } = here
    const { intermediate, pem } = authority('contoso')
    const uris = ['https://ci.contoso.example/images']
    const leaf = issue({ name: 'ci', issuer: intermediate, usage: [CODE_SIGNING], uris })
    writeFileSync(join(road.directory, 'ca.pem'), pem)
    writeFileSync(join(road.directory, 'image.pem'), leaf.pem)
    road.env.KEY_IMAGE = leaf.privateKeyPem
    road.change('dev', { gates: [{ signature: { signers: ['images'] } }] })
    trust(({ signers }) =>
      signers.push({
        id: 'images',
        kind: 'x509',
        certificates: 'ca.pem',
        identity: uris[0],
        at: 'now',
        mayAssert: ['signature'],
      }),
    )
    const signature = { key: 'env://KEY_IMAGE', certificate: 'image.pem' }
    configure(here, { sign: { ...(road.config.sign as object), signature } })
    await road.build('a', { signature: false })
    const workspace = await road.open()
    const claim = { kind: 'signature' } as const
    await workspace.attest({ application: APP, image: imageTag('a'), claim })
    assert.equal((await road.promote('dev', { image: imageTag('a') })).outcome, 'promoted')
  })

  test('an approval with a key from the command line is timestamped too', async (t) => {
    const here = await world(t)
    const { road, instance, trust } = here
    trust((file) => (file.timestampAuthorities = [{ trustedRoot: 'root.json' }]))
    configure(here, { timestamp: `${instance.url}/timestamp` })
    await road.build('a')
    const workspace = await road.open()
    await workspace.approve({
      application: APP,
      environment: 'dev',
      decision: 'approve',
      key: 'env://KEY_ALICE',
      image: imageTag('a'),
    })
    const [approval] = await sayings(here, predicateTypes.approval)
    assert.equal(approval?.signer.id, 'alice')
    assert.ok(approval.provenOn)
  })

  test('under an expired policy no command decides anything', async (t) => {
    const { road, trust } = await world(t)
    await road.build('a')
    trust((file) => (file.expires = '2025-03-03T08:59:59Z'))
    await assert.rejects(road.open(), failsWith('TRUST_EXPIRED', 2))
    const { code, stderr } = await road.cli(['plan', APP, '--to', 'dev'])
    assert.equal(code, 2)
    assert.match(stderr, /expired on 2025-03-03/)
    trust((file) => (file.expires = '2099-01-01T00:00:00Z'))
    assert.equal((await road.promote('dev', { image: imageTag('a') })).outcome, 'promoted')
  })
})
