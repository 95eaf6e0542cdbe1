import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { predicateTypes } from '../../src/attestation/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { Cosign, withoutCosign } from '../support/cosign.ts'
import { blocksOf, filledIn, typed } from '../support/guide.ts'
import { KmsServices, vaultAddress } from '../support/kms-services.ts'
import { findTool } from '../support/outside-tool.ts'
import { APP, imageTag, openRoad, tested } from '../support/road.ts'
import type { Road } from '../support/road.ts'

// The command lines of docs/guide that are others' (and Waybill's beside them), as they stand there, on a real road.
const noCosign = withoutCosign({ program: 'cosign' })
const noOpenssl = !(await findTool('openssl')) && 'openssl is not on this machine'
const RESULT = predicateTypes['test-result']
const ends: (() => Promise<void> | void)[] = []
const t = { after: (end: () => Promise<void> | void) => void ends.push(end) }

let road: Road
/** Added to the policy by a test. */
const added = new Map<string, { readonly key: string; readonly mayAssert: readonly string[] }>()
before(async () => {
  road = await openRoad(t, {
    layout: 'separate',
    git: false,
    trust: (signers) => {
      for (const [id, signer] of added) signers.push({ id, kind: 'key', ...signer })
    },
  })
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})

function trust(id: string, key: string, ...mayAssert: readonly string[]): void {
  added.set(id, { key, mayAssert })
  road.write()
}

async function says(script: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const done = await typed(script, road.directory, { COSIGN_PASSWORD: 'hello', COSIGN_YES: 'true', ...env })
  assert.equal(done.code, 0, `${script}\n${done.stdout}${done.stderr}`)
  return done.stdout
}

async function refuses(script: string, why: RegExp, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { code, stdout, stderr } = await typed(script, road.directory, env)
  assert.notEqual(code, 0, `accepted: ${script}`)
  assert.match(stdout + stderr, why)
}

const atDev = (digest: Digest) => `${road.repository('dev')}@${digest}`

/** What counts, and who said it: `zap test-result`. */
async function validOn(digest: Digest): Promise<readonly string[]> {
  const workspace = await road.open()
  const { evidence } = await (await workspace.evidence({ reference: atDev(digest), application: APP })).list()
  return evidence.filter(({ state }) => state === 'valid').map(({ signer, name }) => `${signer} ${name}`)
}

suite('docs/guide/third-party-gates.md', () => {
  const [COSIGN = '', KEYS = '', SCRIPT = '', WAYBILL = ''] = blocksOf('third-party-gates.md', 'sh')
  const unsigned = { provenance: false, signature: false, unit: false } as const

  test('types nothing else', () => {
    assert.equal(blocksOf('third-party-gates.md', 'sh').length, 4)
    assert.match(SCRIPT, /^#!\/bin\/sh/, 'third-party.test.ts runs it')
  })

  test('the keys it makes sign, with Waybill too', { skip: noOpenssl }, async () => {
    await says(KEYS)
    trust('zap', readFileSync(join(road.directory, 'zap.pub'), 'utf8'), 'test-result')
    const seed = 'zap with waybill'
    const digest = await road.build(seed, unsigned)
    const [predicate = ''] = blocksOf('third-party-gates.md', 'json')
    writeFileSync(join(road.directory, 'result.json'), predicate)
    const [program = '', ...words] = filledIn(WAYBILL, { 'git-4f2a91c7': imageTag(seed) })
      .trim()
      .split(' ')
    assert.equal(program, 'waybill')
    const done = await road.cli(words)
    assert.equal(done.code, 0, done.stderr)
    assert.deepEqual(await validOn(digest), ['zap test-result'])
  })

  for (const program of ['cosign', 'cosign-2'])
    test(`its statement by ${program} counts`, { skip: withoutCosign({ program }) }, async () => {
      const cosign = new Cosign(road.directory)
      await cosign.key('zap', road.privateKey('stranger'), road.publicKey('stranger'))
      trust('zap', road.publicKey('stranger'), 'test-result')
      writeFileSync(join(road.directory, 'result.json'), JSON.stringify(tested('dast', 'PASSED')))
      const digest = await road.build(`zap with ${program}`, unsigned)
      const place = { 'registry.example.com/ordersvc@sha256:…': atDev(digest) }
      await says(filledIn(COSIGN, place).replace(/^cosign/, program))
      assert.deepEqual(await validOn(digest), ['zap test-result'])
    })
})

suite('docs/guide/keys-and-trust.md', () => {
  const [GENERATE = '', VERIFY = ''] = blocksOf('keys-and-trust.md', 'sh')

  test('types nothing else', () => assert.equal(blocksOf('keys-and-trust.md', 'sh').length, 2))

  test('the keys it makes sign what cosign verifies', { skip: noCosign }, async () => {
    const env = { WAYBILL_KEY_PASSWORD: 'hello' }
    for (const line of GENERATE.trim().split('\n')) {
      const [, ...words] = line.replace(/ *#.*$/, '').split(' ')
      const done = await road.cli(words, env)
      assert.equal(done.code, 0, done.stderr)
    }
    const made = (name: string) => readFileSync(join(road.directory, `keys/${name}.pub`), 'utf8')
    trust('new-image', made('signature'), 'signature')
    trust('new-prover', made('pass'), 'pass')
    const sign = road.config.sign as Record<string, { key: string }>
    sign.signature = { key: 'keys/signature.key' }
    sign.pass = { key: 'keys/pass.key' }
    road.write()
    const digest = await road.carry('keys', {}, 'dev')
    const done = await road.cli(['attest', APP, digest, '--signature'])
    assert.equal(done.code, 0, done.stderr)
    const script = filledIn(VERIFY, { 'registry.example.com/app@sha256:…': atDev(digest) })
    assert.match(await says(script), /"payload"/)
    await refuses(filledIn(script, { 'keys/pass.pub': 'keys/build.pub' }), /no matching attestations/)
  })

  test('the encrypted key opens in cosign', { skip: noCosign }, async () => {
    const alice = await says('cosign public-key --key keys/alice.key')
    assert.equal(alice.trim(), readFileSync(join(road.directory, 'keys/alice.pub'), 'utf8').trim())
  })

  test('an older key is converted as it says', { skip: noOpenssl }, async () => {
    await says('openssl ecparam -name prime256v1 -genkey -noout -out sec1.key')
    const refused = await road.cli(['key', 'public', 'sec1.key'])
    assert.match(refused.stderr, /openssl pkcs8 -topk8 -nocrypt/)
    await says('openssl pkcs8 -topk8 -nocrypt -in sec1.key -out pkcs8.key')
    assert.equal((await road.cli(['key', 'public', 'pkcs8.key'])).code, 0)
  })
})

suite('docs/guide/kms.md', { skip: noCosign }, () => {
  const COSIGN = blocksOf('kms.md', 'sh').find((block) => block.startsWith('cosign')) ?? ''
  const KEY = 'azurekms://contoso-release.vault.azure.net/image'

  // Vault is the one service that cosign can be sent to on this machine.
  test('one key in a service signs here and there, and each verifies the other', async () => {
    const services = new KmsServices()
    const env = { VAULT_ADDR: await vaultAddress(t, services), VAULT_TOKEN: services.token }
    const digest = await road.build('kms', { provenance: false, signature: false, unit: false })
    const here = (block: string) =>
      filledIn(block, { [KEY]: 'hashivault://release', 'registry.example.com/app@sha256:…': atDev(digest) })
    const [shown = '', verify = ''] = here(COSIGN).trim().split('\n')
    const pem = await says(shown, env)
    const own = await road.cli(['key', 'public', 'hashivault://release'], env)
    assert.equal(own.stdout.trim(), pem.trim())
    trust('vault', pem, 'signature')

    await refuses(verify, /no matching|no signatures found/, env)
    const done = await road.cli(['attest', APP, digest, '--signature', '--key', 'hashivault://release'], env)
    assert.equal(done.code, 0, done.stderr)
    await says(verify, env)
    writeFileSync(join(road.directory, 'image.pub'), pem)
    await says(verify.replace('hashivault://release', 'image.pub'))

    const other = await road.build('kms theirs', { provenance: false, signature: false, unit: false })
    const offline = '--tlog-upload=false --use-signing-config=false'
    await says(`cosign sign --key hashivault://release ${offline} ${atDev(other)}`, env)
    assert.deepEqual(await validOn(other), ['vault signature'])
  })
})

test('a test result is of the type that the pages name', () => {
  const [COSIGN = ''] = blocksOf('third-party-gates.md', 'sh')
  assert.ok(COSIGN.includes(RESULT))
})
