import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { timestamp } from '../../src/base/index.ts'
import { makeStatement, predicateTypes, REPORT } from '../../src/attestation/index.ts'
import type { PredicateName } from '../../src/attestation/index.ts'
import { childrenOf, digestOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { attachArtifact, resolve } from '../../src/registry/index.ts'
import { bundleArtifact, readPrivateKey, signStatement } from '../../src/signing/index.ts'
import { RawReport, readerFor, readers } from '../../src/tools/index.ts'
import { APP, imageTag, openRoad, recordIn, tested, variableOf } from '../support/road.ts'
import type { Road, RoadSigner } from '../support/road.ts'
import { restore, standingManifest } from '../support/standing.ts'
import { TestAuthority } from '../support/timestamps.ts'
import { trivyImage } from '../support/vulnerability-reports.ts'

/**
 * Attacks on time. The attacker may push and delete in the registry, or holds a stolen key; each row is one thing they
 * do. `play` plays it, with or without the defence, and tells what came of the promotion.
 */
interface Attack {
  readonly name: string
  readonly defence: string
  readonly play: (road: Road, defended: boolean) => Promise<string>
  /** What comes of it without the defence, and with it. */
  readonly succeeds: string | RegExp
  readonly refused: string | RegExp
}

const tsa = new TestAuthority('time')

/** Changes trust.yaml as it was written last. */
function changeTrust(road: Road, edit: (trust: { signers: RoadSigner[] } & Record<string, unknown>) => void) {
  const file = join(road.directory, 'trust.yaml')
  const trust = JSON.parse(readFileSync(file, 'utf8'))
  edit(trust)
  writeFileSync(file, JSON.stringify(trust))
}

function changeSigner(road: Road, id: string, change: object) {
  changeTrust(road, ({ signers }) => Object.assign(signers.find((signer) => signer.id === id) ?? {}, change))
}

/** What came of a promotion, with what stopped it; or the code of what could not be told. */
async function tell(road: Road, to: string, image?: string): Promise<string> {
  try {
    const { outcome, verdict } = await road.promote(to, image === undefined ? {} : { image })
    const stopping = verdict.gates.filter(({ result }) => result !== 'pass')
    return [outcome, ...stopping.map(({ gate, reason }) => `${gate}: ${reason}`)].join('; ')
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

const forget = (road: Road, manifest: Digest) => road.store('dev').deleteManifest(manifest)

async function saidAndStamped(
  road: Road,
  digest: Digest,
  [predicate, value, key]: readonly [PredicateName, object, string],
  time: Date,
): Promise<Digest> {
  const store = road.store('dev')
  const root = await resolve(store, digest)
  const signer = await readPrivateKey(road.privateKey(key), undefined, key)
  const subjects = [digest, ...childrenOf(root.manifest).map((child) => child.digest)] as const
  const signed = await signStatement(makeStatement(subjects, predicateTypes[predicate], value), signer)
  const json = JSON.parse(signed.bytes.toString('utf8'))
  const signature = Buffer.from(json.dsseEnvelope.signatures[0].sig, 'base64')
  const stamp = tsa.stamp(signature, { time: time.toISOString() })
  const rfc3161Timestamps = [{ signedTimestamp: stamp.toString('base64') }]
  json.verificationMaterial.timestampVerificationData = { rfc3161Timestamps }
  const bundle = { bytes: Buffer.from(JSON.stringify(json)), predicateType: signed.predicateType }
  const stored = await attachArtifact(store, bundleArtifact(bundle, root.descriptor, timestamp(road.now)))
  return stored.descriptor.digest
}

/** The claim of a Trivy report made now. */
function scan(road: Road, ids: readonly string[]): object {
  const critical = (VulnerabilityID: string) => ({
    VulnerabilityID,
    PkgName: 'libssl3',
    InstalledVersion: '3.0.1',
    FixedVersion: '3.0.2',
    Severity: 'CRITICAL',
  })
  const Results = [{ Target: 'x', Class: 'os-pkgs', Vulnerabilities: ids.map(critical) }]
  const report = { ...trivyImage, CreatedAt: road.now.toISOString(), Metadata: {}, Results }
  const raw = new RawReport(Buffer.from(JSON.stringify(report)), 'trivy.json')
  const [claim] = readerFor(raw, readers, undefined).read(raw, { databaseOn: road.now.toISOString() })
  assert.ok(claim)
  return claim.predicate
}

/** What a JUnit report of this time says, as the reader turns it into a claim. */
const unit = (result: 'PASSED' | 'FAILED', finishedOn: Date) => ({
  ...tested('unit', result),
  [REPORT]: {
    kind: 'tests',
    tool: { name: 'vitest' },
    format: 'junit',
    digest: digestOf('junit.xml'),
    finishedOn: finishedOn.toISOString(),
  },
})

async function hold(road: Road, word: 'hold' | 'clear') {
  const key = `env://${variableOf('ops')}`
  const w = await road.open()
  await w.hold({ application: APP, environment: 'staging', word, reason: 'incident 7', key })
}

async function approve(road: Road) {
  const key = `env://${variableOf('alice')}`
  await (await road.open()).approve({ application: APP, environment: 'prod', decision: 'approve', key })
}

const DEV = 'promotions.dev'

const attacks: readonly Attack[] = [
  {
    name: 'withheld FAILED: the newer result is deleted, an older PASSED is left',
    defence: 'maxAge of the gate',
    play: async (road, defended) => {
      road.only('dev')
      road.change('dev', { gates: [{ tests: { suites: ['unit'], ...(defended && { maxAge: '1h' }) } }] })
      const digest = await road.build('one', { unit: false })
      const store = road.store('dev')
      await road.say(store, digest, 'test-result', unit('PASSED', road.now), 'tests')
      road.later(61)
      const failed = await road.say(store, digest, 'test-result', unit('FAILED', road.now), 'tests')
      assert.match(await tell(road, 'dev', imageTag('one')), /^refused; tests: /)
      await forget(road, failed.descriptor.digest)
      return tell(road, 'dev', imageTag('one'))
    },
    succeeds: 'promoted',
    refused: /^refused; tests: .*1h 1m old/,
  },
  {
    name: 'replayed PASSED: an old clean scan is timestamped anew and put in the place of a newer one',
    defence: 'the date inside, which the signer signed (maxAge)',
    play: async (road, defended) => {
      road.only('dev')
      road.change('dev', { gates: [{ vulnerabilities: { maxAge: defended ? '24h' : '90d' } }] })
      changeSigner(road, 'ci-tests', { mayAssert: ['vulnerabilities'] })
      changeTrust(road, (trust) => (trust.timestampAuthorities = [{ certificateChain: tsa.chain }]))
      const digest = await road.build('one')
      const clean = scan(road, [])
      const old = await saidAndStamped(road, digest, ['vulnerabilities', clean, 'tests'], road.now)
      road.later(25 * 60)
      const newer = scan(road, ['CVE-2026-1'])
      const found = await road.say(road.store('dev'), digest, 'vulnerabilities', newer, 'tests')
      assert.match(await tell(road, 'dev', imageTag('one')), /CVE-2026-1/)
      await forget(road, old)
      await forget(road, found.descriptor.digest)
      await saidAndStamped(road, digest, ['vulnerabilities', clean, 'tests'], road.now)
      return tell(road, 'dev', imageTag('one'))
    },
    succeeds: 'promoted',
    refused: /^refused; vulnerabilities: .*1d 1h old/,
  },
  {
    name: 'replayed PASSED: a result without a date is timestamped anew, and the older copy deleted',
    defence: 'a date inside, which the signer signed',
    play: async (road, defended) => {
      road.only('dev')
      road.change('dev', { gates: [{ tests: { suites: ['unit'], maxAge: '1h' } }] })
      changeTrust(road, (trust) => (trust.timestampAuthorities = [{ certificateChain: tsa.chain }]))
      const digest = await road.build('one', { unit: false })
      const result = defended ? unit('PASSED', road.now) : tested('unit', 'PASSED')
      const old = await saidAndStamped(road, digest, ['test-result', result, 'tests'], road.now)
      road.later(61)
      assert.match(await tell(road, 'dev', imageTag('one')), /^refused; tests: .*1h 1m old/)
      await forget(road, old)
      await saidAndStamped(road, digest, ['test-result', result, 'tests'], road.now)
      return tell(road, 'dev', imageTag('one'))
    },
    succeeds: 'promoted',
    refused: /^refused; tests: .*1h 1m old/,
  },
  {
    name: 'replayed PASSED: a scan of today with a database of long ago',
    defence: 'maxDatabaseAge',
    play: async (road, defended) => {
      road.only('dev')
      road.change('dev', { gates: [{ vulnerabilities: defended ? { maxDatabaseAge: '3d' } : {} }] })
      changeSigner(road, 'ci-tests', { mayAssert: ['vulnerabilities'] })
      const digest = await road.build('one')
      const today = scan(road, []) as { scanner: { db?: object } }
      today.scanner.db = { lastUpdate: '2025-01-01T00:00:00Z' }
      await road.say(road.store('dev'), digest, 'vulnerabilities', today, 'tests')
      return tell(road, 'dev', imageTag('one'))
    },
    succeeds: 'promoted',
    refused: /^(refused|error); vulnerabilities: .*database/,
  },
  {
    name: 'mark of another environment: the key that passes dev signs a mark of staging',
    defence: 'environments of the signer',
    play: async (road, defended) => {
      road.only('dev', 'staging', 'prod')
      road.change('staging', { prove: [] })
      const digest = await road.carry('one', {}, 'dev')
      road.change('staging', { gates: [] })
      await road.promote('staging')
      if (defended) changeSigner(road, 'prover', { environments: ['dev', 'prod'] })
      assert.match(await tell(road, 'prod'), /^(refused|pending); passed: /)
      const mark = {
        verifier: { id: 'https://waybill.dev/environments/staging/v1' },
        timeVerified: road.now.toISOString(),
        resourceUri: road.repository('staging'),
        policy: {},
        verificationResult: 'PASSED',
        verifiedLevels: ['PROMOTION_ENV_STAGING_PASSED'],
      }
      await road.say(road.store('staging'), digest, 'pass', mark, 'pass')
      return tell(road, 'prod')
    },
    succeeds: 'promoted',
    refused: /^(refused|pending); passed: .*foreign/,
  },
  {
    name: 'older head: the tag is moved back by one, and the next image comes',
    defence: 'a floating tag and a pass mark of the environment',
    play: async (road, defended) => {
      road.only('dev')
      road.change('dev', defended ? { gates: [] } : { gates: [], tags: ['git-{commit}'], prove: [] })
      await road.carry('one', {}, 'dev')
      await road.carry('two', {}, 'dev')
      const [, first] = await road.chain('dev')
      assert.ok(first)
      await road.store('dev').putTag(DEV, await resolve(road.store('dev'), first.record))
      await road.build('three')
      return tell(road, 'dev', imageTag('three'))
    },
    succeeds: 'promoted',
    refused: 'RECORD_CHAIN_FORKED',
  },
  {
    name: 'no head: the tag is deleted, and the next image comes',
    defence: 'a floating tag of the environment',
    play: async (road, defended) => {
      road.only('dev')
      road.change('dev', { gates: [], prove: [], ...(!defended && { tags: ['git-{commit}'] }) })
      await road.carry('one', {}, 'dev')
      await road.carry('two', {}, 'dev')
      await road.store('dev').deleteTag(DEV)
      await road.build('three')
      return tell(road, 'dev', imageTag('three'))
    },
    succeeds: 'promoted',
    refused: 'RECORD_CHAIN_FORKED',
  },
  {
    name: 'replayed approval: the digest comes again, and what was approved once still stands',
    defence: 'maxAge of the gate',
    play: async (road, defended) => {
      road.only('dev', 'prod')
      const approval = { approval: { count: 1, ...(defended && { maxAge: '1h' }) } }
      road.change('prod', { tags: [], gates: [approval] })
      const digest = await road.carry('one', {}, 'dev')
      await approve(road)
      await road.promote('prod')
      await road.carry('two', { version: '1.1.0' }, 'dev')
      await approve(road)
      assert.equal(await tell(road, 'prod'), 'promoted')
      road.later(90)
      return tell(road, 'prod', digest)
    },
    succeeds: 'promoted',
    refused: /^pending; approval: .*too old/,
  },
  {
    name: 'replayed approval: given for what was asked then, and the gates have changed since',
    defence: 'approvals name the policy they are given under (always)',
    play: async (road, defended) => {
      road.only('dev', 'prod')
      road.change('prod', { tags: [], gates: [{ approval: { count: 1 } }] })
      await road.carry('one', {}, 'dev')
      await approve(road)
      if (defended) road.change('prod', { gates: [{ approval: { count: 1 } }, { cel: 'true' }] })
      return tell(road, 'prod')
    },
    succeeds: 'promoted',
    refused: /^pending; approval: .*another policy/,
  },
  {
    name: 'key compromise: a stolen key signs a result dated before the theft',
    defence: 'revoked',
    play: async (road, defended) => {
      road.only('dev')
      road.change('dev', { gates: [{ tests: { suites: ['unit'] } }] })
      const at = road.now.toISOString()
      if (defended) changeSigner(road, 'ci-tests', { revoked: { at, reason: 'laptop stolen' } })
      const digest = await road.build('one', { unit: false })
      road.later(60)
      const dated = unit('PASSED', new Date('2025-03-01T00:00:00Z'))
      await road.say(road.store('dev'), digest, 'test-result', dated, 'tests')
      return tell(road, 'dev', imageTag('one'))
    },
    succeeds: 'promoted',
    refused: /^refused; tests: .*foreign.*revoked/,
  },
  {
    name: 'key compromise: a stolen key signs a result and has it timestamped',
    defence: 'revoked: the timestamp is later than the theft',
    play: async (road, defended) => {
      road.only('dev')
      road.change('dev', { gates: [{ tests: { suites: ['unit'] } }] })
      changeTrust(road, (trust) => (trust.timestampAuthorities = [{ certificateChain: tsa.chain }]))
      const at = road.now.toISOString()
      if (defended) changeSigner(road, 'ci-tests', { revoked: { at } })
      const digest = await road.build('one', { unit: false })
      road.later(60)
      const dated = unit('PASSED', new Date('2025-03-01T00:00:00Z'))
      await saidAndStamped(road, digest, ['test-result', dated, 'tests'], road.now)
      return tell(road, 'dev', imageTag('one'))
    },
    succeeds: 'promoted',
    refused: /^refused; tests: .*foreign.*revoked/,
  },
  {
    name: 'withheld hold: the list of standing orders is deleted',
    defence: 'maxAge of the gate hold',
    play: async (road, defended) => {
      road.only('dev', 'staging')
      const passed = { passed: { environment: 'dev' } }
      road.change('staging', { gates: [passed, ...(defended ? [{ hold: { maxAge: '1h' } }] : [])] })
      await road.carry('one', {}, 'dev')
      await hold(road, 'hold')
      assert.match(await tell(road, 'staging'), /^refused; hold: /)
      await road.store('staging').deleteTag('standing.staging')
      return tell(road, 'staging')
    },
    succeeds: 'promoted',
    refused: /^error; hold: Nobody has said/,
  },
  {
    name: 'rolled-back standing list: the one from before the hold is put back',
    defence: 'maxAge of the gate hold',
    play: async (road, defended) => {
      road.only('dev', 'staging')
      const passed = { passed: { environment: 'dev' } }
      road.change('staging', { gates: [passed, ...(defended ? [{ hold: { maxAge: '1h' } }] : [])] })
      await road.carry('one', {}, 'dev')
      await hold(road, 'clear')
      const before = await standingManifest(road, 'staging')
      assert.ok(before)
      road.later(59)
      await hold(road, 'hold')
      assert.match(await tell(road, 'staging'), /^refused; hold: /)
      await restore(road, 'staging', before)
      road.later(2)
      return tell(road, 'staging')
    },
    succeeds: 'promoted',
    refused: /^error; hold: .*1h 1m old/,
  },
  {
    name: 'frozen trust policy: a copy from before a revocation is used for ever',
    defence: 'expires of the trust policy',
    play: async (road, defended) => {
      road.only('dev')
      await road.build('one')
      if (defended) changeTrust(road, (trust) => (trust.expires = '2025-03-03T10:00:00Z'))
      road.later(61)
      return tell(road, 'dev', imageTag('one'))
    },
    succeeds: 'promoted',
    refused: 'TRUST_EXPIRED',
  },
]

function assertTold(told: string, expected: string | RegExp) {
  if (typeof expected === 'string') assert.equal(told, expected)
  else assert.match(told, expected)
}

describe('attacks on time', () => {
  for (const { name, defence, play, succeeds, refused } of attacks) {
    it(`${name}: succeeds without ${defence}`, async (t) => {
      assertTold(await play(await openRoad(t, { git: false }), false), succeeds)
    })

    it(`${name}: refused with ${defence}`, async (t) => {
      assertTold(await play(await openRoad(t, { git: false }), true), refused)
    })
  }

  it('a stolen key: what is proven to be older than the theft still counts', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    road.change('dev', { gates: [{ tests: { suites: ['unit'] } }] })
    changeTrust(road, (trust) => (trust.timestampAuthorities = [{ certificateChain: tsa.chain }]))
    const digest = await road.build('one', { unit: false })
    await saidAndStamped(road, digest, ['test-result', unit('PASSED', road.now), 'tests'], road.now)
    road.later(60)
    changeSigner(road, 'ci-tests', { revoked: { at: road.now.toISOString() } })
    assert.equal(await tell(road, 'dev', imageTag('one')), 'promoted')
  })
})

describe('a copy of a statement without its timestamp', () => {
  it('takes nothing from it: neither what is shown nor what is exported', async (t) => {
    const road = await openRoad(t, { git: false })
    const digest = await road.build('one', { unit: false, provenance: false, signature: false })
    changeTrust(road, (trust) => (trust.timestampAuthorities = [{ certificateChain: tsa.chain }]))
    const stamped = ['test-result', tested('unit', 'PASSED'), 'tests'] as const
    // Signed again, the same payload is the same statement: the one with the best proof is neither first nor last.
    const made: Digest[] = []
    for (const minutes of [30, 10, 0, 20]) {
      const time = new Date(road.now.getTime() + minutes * 60_000)
      made.push(await saidAndStamped(road, digest, stamped, time))
    }
    const sound = made[2]
    const proven = road.now.toISOString()
    const w = await road.open()
    const { evidence } = await (await w.evidence({ reference: digest })).list()
    assert.deepEqual(
      evidence.map(({ provenOn, manifest }) => [provenOn, manifest]),
      [[proven, sound]],
    )
  })
})

describe('a chain whose tag was moved back or deleted', () => {
  const statusOf = async (road: Road) =>
    (await (await road.open()).status({})).applications[0]?.environments[0]
  const told = async (road: Road) =>
    (await statusOf(road))?.drift.map(({ place, what, found, expected }) => [place, what, found, expected])

  for (const deleted of [false, true]) {
    it(`is told by status, git and tags beside it: ${deleted ? 'deleted' : 'moved back'}`, async (t) => {
      const road = await openRoad(t)
      road.only('dev')
      const one = await road.carry('one', {}, 'dev')
      const two = await road.carry('two', {}, 'dev')
      assert.deepEqual(await told(road), [])
      const [, first] = await road.chain('dev')
      assert.ok(first)
      const store = road.store('dev')
      if (deleted) await store.deleteTag(DEV)
      else await store.putTag(DEV, await resolve(store, first.record))
      const expected = deleted ? 'nothing' : one
      const drift = (await told(road)) ?? []
      assert.deepEqual(drift[0], ['record', `record 2, which ${DEV} does not lead to`, two, expected])
      assert.ok(drift.some(([place, , found]) => place === 'git' && found === two))
      const cli = await road.cli(['status'])
      assert.match(cli.stdout, /record 2, which promotions\.dev does not lead to/)
    })
  }

  it('is told for an environment whose only place is git', async (t) => {
    const road = await openRoad(t)
    road.only('dev')
    road.change('dev', { tags: [] })
    const digest = await road.carry('one', {}, 'dev')
    await road.store('dev').deleteTag(DEV)
    assert.deepEqual(
      (await told(road))?.map(([place, , found]) => [place, found]),
      [
        ['record', digest],
        ['git', digest],
      ],
    )
  })

  it('before the first promotion nothing is told', async (t) => {
    const road = await openRoad(t)
    assert.deepEqual(await told(road), [])
    assert.equal((await statusOf(road))?.problem, undefined)
  })

  it('an attempt that was interrupted before the head was written is no sign of it', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    await road.carry('one', {}, 'dev')
    const two = await road.build('two')
    await road.build('three')
    road.nonprod.fault = ({ method, path }) =>
      method === 'PUT' && path.endsWith(`/manifests/${DEV}`) ? { status: 403 } : undefined
    await assert.rejects(road.promote('dev', { image: imageTag('two') }))
    road.nonprod.fault = undefined
    assert.equal(await road.tag('dev', 'dev'), two)
    const [record] = await road.recordsOn(two, 'dev')
    assert.ok(record)
    assert.equal((await recordIn(road.store('dev'), record))?.sequence, '2')
    assert.equal(await tell(road, 'dev', imageTag('three')), 'promoted')
  })
})
