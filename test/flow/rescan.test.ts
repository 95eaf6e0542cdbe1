import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { RescanAnswer } from '../../src/insight/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { APP, openRoad, tested, variableOf } from '../support/road.ts'
import type { Road, RoadSigner } from '../support/road.ts'
import { putOrders } from '../support/standing.ts'

async function rescan(road: Road, order: object = {}): Promise<RescanAnswer> {
  return (await road.open()).rescan(order)
}

const told = ({ images }: RescanAnswer) =>
  images.map(({ environment, role, result }) => `${environment} ${role} ${result}`)

const of = ({ images }: RescanAnswer, environment: string, role = 'live') => {
  const found = images.find((image) => image.environment === environment && image.role === role)
  assert.ok(found)
  return found
}

const passed = (environment: string) => ({ passed: { environment } })

function mayAssert(id: string, ...more: readonly string[]) {
  return (signers: RoadSigner[]) => {
    const found = signers.find((signer) => signer.id === id)
    if (found) found.mayAssert = [...(found.mayAssert as string[]), ...more]
  }
}

describe('what stands', () => {
  it('all of it is still admitted: heads and what a rollback would bring back, exit 0', async (t) => {
    const road = await openRoad(t, { git: false, layout: 'separate' })
    const first = await road.carry('one', {}, 'dev', 'staging', 'prod')
    await road.carry('two', { version: '1.1.0' }, 'dev', 'staging', 'prod')
    const answer = await rescan(road)
    assert.equal(answer.outcome, 'admitted')
    assert.deepEqual(told(answer), [
      'dev live pass',
      'dev rollback pass',
      'staging live pass',
      'staging rollback pass',
      'prod live pass',
      'prod rollback pass',
    ])
    assert.equal(of(answer, 'prod', 'rollback').digest, first)
    const { code, stdout } = await road.cli(['rescan', '--environment', 'prod'])
    assert.equal(code, 0, stdout)
    assert.match(stdout, /^All still admitted: 2 images/)
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
  })

  it('a stricter policy: what is out, why, and the newest that would be in', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    const good = await road.build('one')
    await road.say(road.store('dev'), good, 'test-result', tested('e2e', 'PASSED'), 'tests')
    await road.carry('one', {}, 'dev', 'prod')
    await road.carry('two', { version: '1.1.0' }, 'dev', 'prod')
    road.change('prod', { gates: [passed('dev'), { tests: { suites: ['e2e'] } }] })
    const answer = await rescan(road, { environment: 'prod' })
    assert.equal(answer.outcome, 'refused')
    assert.deepEqual(told(answer), ['prod live fail', 'prod rollback pass'])
    const live = of(answer, 'prod')
    assert.match(live.gates.find(({ gate }) => gate === 'tests')?.reason ?? '', /e2e: no signed/)
    assert.deepEqual(live.nearest, { digest: good, environment: 'prod', sequence: 1, version: '1.0.0' })
    const { code, stdout } = await road.cli(['rescan', '--environment', 'prod'])
    assert.equal(code, 3)
    assert.match(stdout, /No longer admitted: 1 of 2 images/)
    assert.match(stdout, /Would be admitted in its place: [0-9a-f]{12} \(1\.0\.0\), which was here as #1/)
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
    const markdown = await road.cli(['rescan', '--environment', 'prod', '-o', 'markdown'])
    assert.match(markdown.stdout, /\| \*\*FAIL\*\* \| ordersvc prod \| live \|/)
  })

  it('nothing here would be in, but what is upstream would', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    await road.carry('one', {}, 'dev', 'prod')
    const next = await road.build('two', { version: '1.1.0' })
    await road.say(road.store('dev'), next, 'test-result', tested('e2e', 'PASSED'), 'tests')
    await road.carry('two', { version: '1.1.0' }, 'dev')
    road.change('prod', { gates: [passed('dev'), { tests: { suites: ['e2e'] } }] })
    const { nearest } = of(await rescan(road, { environment: 'prod' }), 'prod')
    assert.deepEqual([nearest?.digest, nearest?.environment], [next, 'dev'])
  })

  it('a signer is revoked: what only they vouched for is out', async (t) => {
    let isRevoked = false
    const road = await openRoad(t, {
      git: false,
      trust: (signers) => {
        const tests = signers.find(({ id }) => id === 'ci-tests')
        if (tests && isRevoked) tests.validFor = { end: '2025-03-03T12:00:00Z' }
      },
    })
    road.only('dev')
    await road.carry('one', {}, 'dev')
    isRevoked = true
    road.write()
    assert.equal((await rescan(road, { warnWithin: '1h' })).outcome, 'admitted')
    const soon = await rescan(road)
    assert.equal(soon.outcome, 'pending')
    const [expiring] = of(soon, 'dev').expiring
    assert.equal(expiring?.gate, 'tests')
    const by = Date.parse(expiring.by) - Date.parse('2025-03-03T12:00:00Z')
    assert.ok(by >= 0 && by <= 3_600_000, expiring.by)
    road.later(240)
    const late = await rescan(road)
    assert.deepEqual([late.outcome, of(late, 'dev').result], ['refused', 'fail'])
    assert.match(of(late, 'dev').gates.find(({ gate }) => gate === 'tests')?.reason ?? '', /is not valid at/)
  })

  it('a waiver runs out: told before, and out after', async (t) => {
    const road = await openRoad(t, {
      git: false,
      trust: (signers) => mayAssert('alice', 'waiver')(signers),
    })
    road.only('dev')
    road.change('dev', { gates: [{ tests: { suites: ['unit'] } }] })
    const digest = await road.build('one', { unit: 'FAILED' })
    const waiver = {
      application: APP,
      environment: 'dev',
      gate: 'tests',
      reason: 'flaky',
      approver: 'alice',
      createdOn: '2025-03-03T08:00:00Z',
      notAfter: '2025-03-10T09:00:00Z',
    }
    await road.say(road.store('dev'), digest, 'waiver', waiver, 'alice')
    await road.promote('dev', { image: digest })
    assert.equal((await rescan(road, { warnWithin: '3d' })).outcome, 'admitted')
    const soon = await rescan(road)
    assert.equal(soon.outcome, 'pending')
    assert.equal(of(soon, 'dev').expiring[0]?.gate, 'tests')
    assert.equal(of(soon, 'dev').gates.find(({ gate }) => gate === 'tests')?.result, 'waived')
    road.later(8 * 24 * 60)
    assert.equal((await rescan(road)).outcome, 'refused')
  })

  it('whoever waived for every image stops counting: told before, and out after', async (t) => {
    const road = await openRoad(t, {
      git: false,
      trust: (signers) => {
        const ops = signers.find(({ id }) => id === 'ops')
        if (ops) ops.validFor = { end: '2025-03-05T09:00:00Z' }
      },
    })
    road.only('dev')
    road.change('dev', { gates: [{ tests: { suites: ['unit'] } }] })
    const digest = await road.build('one', { unit: 'FAILED' })
    const predicate = {
      application: APP,
      environment: 'dev',
      gate: 'tests',
      reason: 'flaky',
      approver: 'ops',
      createdOn: '2025-03-03T08:00:00Z',
      notAfter: '2025-04-03T09:00:00Z',
    }
    await putOrders(road, 'dev', { type: 'waiver', predicate, key: 'ops' })
    assert.equal((await road.promote('dev', { image: digest })).outcome, 'promoted')
    assert.equal((await rescan(road, { warnWithin: '1d' })).outcome, 'admitted')
    const [expiring] = of(await rescan(road), 'dev').expiring
    assert.equal(expiring?.gate, 'tests')
    const by = Date.parse(expiring.by) - Date.parse('2025-03-05T09:00:00Z')
    assert.ok(by >= 0 && by <= 3_600_000, expiring.by)
    road.later(3 * 24 * 60)
    assert.equal((await rescan(road)).outcome, 'refused')
  })
})

describe('questions of the moment are not asked again', () => {
  const approval = (more: object = {}) => ({
    approval: { count: 1, roles: ['release-manager'], maxAge: '1d', ...more },
  })

  async function approved(road: Road, decision: 'approve' | 'reject', validFor?: string) {
    const key = `env://${variableOf('alice')}`
    const more = validFor === undefined ? {} : { validFor }
    await (await road.open()).approve({ application: APP, environment: 'prod', decision, key, ...more })
  }

  it('the age and end of approvals, and the policy they were given under; a rejection is heard', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    road.change('prod', { gates: [passed('dev'), approval()] })
    await road.carry('one', {}, 'dev')
    await approved(road, 'approve', '2h')
    road.later(1)
    assert.equal((await road.promote('prod')).outcome, 'promoted')
    road.later(10 * 24 * 60)
    road.change('prod', { gates: [passed('dev'), approval({ maxAge: '2d' })] })
    assert.equal((await rescan(road)).outcome, 'admitted')
    await approved(road, 'reject')
    const answer = await rescan(road)
    assert.deepEqual([answer.outcome, of(answer, 'prod').result], ['refused', 'fail'])
  })

  it('an approver who approved again since still approved then', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    road.change('prod', { gates: [passed('dev'), approval()] })
    await road.carry('one', {}, 'dev')
    await approved(road, 'approve')
    road.later(1)
    await road.promote('prod')
    road.later(3 * 24 * 60)
    await approved(road, 'approve')
    assert.equal((await rescan(road)).outcome, 'admitted')
  })

  it('never approved at all: it waits', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    await road.carry('one', {}, 'dev', 'prod')
    road.change('prod', { gates: [passed('dev'), approval()] })
    const answer = await rescan(road)
    assert.deepEqual([answer.outcome, of(answer, 'prod').result], ['pending', 'pending'])
  })

  it('soak and hold', async (t) => {
    const road = await openRoad(t, { git: false, trust: mayAssert('alice', 'hold') })
    road.only('dev', 'prod')
    await road.carry('one', {}, 'dev', 'prod')
    road.change('prod', { gates: [{ passed: { environment: 'dev', soak: '90d' } }] })
    await (
      await road.open()
    ).hold({
      application: APP,
      environment: 'prod',
      word: 'hold',
      reason: 'incident',
      key: `env://${variableOf('alice')}`,
    })
    assert.notEqual((await road.promote('prod', { image: await road.build('x') })).outcome, 'promoted')
    const answer = await rescan(road)
    assert.equal(answer.outcome, 'admitted')
    assert.deepEqual(of(answer, 'prod').left, ['hold'])
  })
})

describe('new scans', () => {
  const gate = { vulnerabilities: { block: ['critical'], maxAge: '7d' } }

  function trivy(reference: string, platform: Digest, ...ids: readonly string[]): string {
    const found = ids.map((id) => ({
      VulnerabilityID: id,
      PkgName: 'openssl',
      InstalledVersion: '1',
      Severity: 'CRITICAL',
    }))
    // Recorded shape of trivy image --format cosign-vuln, version 0.60.
    const result = {
      SchemaVersion: 2,
      CreatedAt: '2025-03-20T08:00:00Z',
      ArtifactName: reference,
      ArtifactType: 'container_image',
      Metadata: {
        OS: { Family: 'debian', Name: '12' },
        RepoDigests: [`${reference.split('@')[0]}@${platform}`],
      },
      Results: [{ Target: 'debian', Class: 'os-pkgs', Type: 'debian', Vulnerabilities: found }],
    }
    return JSON.stringify({ scanner: { version: '0.60.0', result } })
  }

  async function scannedRoad(t: Parameters<typeof openRoad>[0]) {
    const road = await openRoad(t, { git: false, trust: mayAssert('ci-tests', 'vulnerabilities') })
    road.only('dev')
    road.config.sign = {
      ...(road.config.sign as object),
      vulnerabilities: { key: `env://${variableOf('tests')}` },
    }
    road.write()
    const digest = await road.carry('one', {}, 'dev')
    road.change('dev', { gates: [gate] })
    return { road, digest }
  }

  /** A scanner of our own that writes what it is told, by platform digest. */
  function scanner(road: Road, body: string): string {
    const file = join(road.directory, 'scanner.sh')
    writeFileSync(file, `#!/bin/sh\n${body}\n`)
    chmodSync(file, 0o755)
    return file
  }

  const REPORT = (ids: string) =>
    `digest="\${1##*@}"; printf '{"scanner":{"result":{"SchemaVersion":2,"CreatedAt":"2025-03-03T09:00:30Z","ArtifactName":"%s","ArtifactType":"container_image","Metadata":{"OS":{"Family":"debian","Name":"12"},"RepoDigests":["%s"]},"Results":[{"Target":"debian","Class":"os-pkgs","Type":"debian"${ids}}]}}}' "$1" "$1" > "$2"`

  it('a scanner is run for each platform by digest, without keys; what it finds decides', async (t) => {
    const { road, digest } = await scannedRoad(t)
    assert.equal((await rescan(road)).outcome, 'refused')
    const seen = join(road.directory, 'seen')
    const clean = scanner(road, `env >> ${seen}; echo "$1 $3" >> ${seen}; ${REPORT('')}`)
    const answer = await rescan(road, { scan: `${clean} {reference} {output} {platform}` })
    assert.equal(answer.outcome, 'pending', JSON.stringify(answer.images, undefined, 1))
    assert.equal(answer.imported.length, 2)
    const text = readFileSync(seen, 'utf8')
    assert.doesNotMatch(text, /PRIVATE KEY/)
    assert.doesNotMatch(text, new RegExp(digest))
    assert.match(text, /linux\/amd64\n/)
    assert.match(text, /linux\/arm64\n/)
    // The scan itself will be too old in a week.
    assert.equal(of(answer, 'dev').expiring[0]?.gate, 'vulnerabilities')

    const dirty = scanner(
      road,
      REPORT(
        ',"Vulnerabilities":[{"VulnerabilityID":"CVE-2025-1","PkgName":"openssl","InstalledVersion":"1","Severity":"CRITICAL"}]',
      ),
    )
    road.later(5)
    const found = await rescan(road, { scan: `${dirty} {reference} {output}` })
    assert.equal(found.outcome, 'refused')
    assert.match(of(found, 'dev').gates[0]?.reason ?? '', /CVE-2025-1/)
  })

  it('a scanner that fails is "could not tell", and nothing it did not say is believed', async (t) => {
    const { road } = await scannedRoad(t)
    road.change('dev', { gates: [] })
    const broken = scanner(road, `echo 'boom \u001b[31m ##vso[x]y' >&2; exit 7`)
    const answer = await rescan(road, { scan: `${broken} {reference} {output}` })
    assert.equal(answer.outcome, 'error')
    assert.equal(of(answer, 'dev').problem?.code, 'COMMAND_FAILED')
    const { code, stdout } = await road.cli(['rescan', '--scan', `${broken} {reference} {output}`])
    assert.equal(code, 1)
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(stdout, /\u001b|##vso\[/)
    const silent = scanner(road, 'exit 0')
    assert.equal((await rescan(road, { scan: `${silent} {reference} {output}` })).outcome, 'error')
    for (const scan of ['trivy image', ''])
      await assert.rejects(async () => {
        const { images } = await rescan(road, { scan: scan || '{output}' })
        if (images[0]?.problem?.code === 'SCAN_INVALID') throw new Error('SCAN_INVALID')
      }, /SCAN_INVALID/)
  })

  it('a report made elsewhere goes to the image it names, and to no other', async (t) => {
    const { road, digest } = await scannedRoad(t)
    const index = await road.store('dev').manifest(digest)
    assert.ok(index?.manifest.kind === 'index')
    const file = join(road.directory, 'trivy.json')
    const words = [...index.manifest.manifests]
    for (const { digest: platform } of words) {
      writeFileSync(file, trivy(`${road.repository('dev')}@${platform}`, platform))
      const before = await rescan(road, { reports: ['trivy.json'], dryRun: true })
      assert.equal(before.imported[0]?.outcome, 'planned')
      assert.equal((await rescan(road, { reports: ['trivy.json'] })).imported[0]?.outcome, 'attached')
    }
    road.later(17 * 24 * 60)
    assert.notEqual((await rescan(road)).outcome, 'refused')
    const other = `sha256:${'a'.repeat(64)}` as Digest
    writeFileSync(file, trivy(`${road.repository('dev')}@${other}`, other))
    await assert.rejects(rescan(road, { reports: ['trivy.json'] }), { code: 'REPORT_SUBJECT' })
  })
})

describe('what cannot be read', () => {
  it('a broken chain is told beside the others, and is no "admitted"', async (t) => {
    const road = await openRoad(t, { git: false, layout: 'separate' })
    await road.carry('one', {}, 'dev', 'staging')
    const store = road.store('staging')
    const image = await store.manifest('1.0.0-rc.1')
    assert.ok(image)
    await store.putTag('promotions.staging', image)
    const answer = await rescan(road)
    assert.deepEqual([answer.outcome, answer.unread.length], ['error', 1])
    assert.equal(answer.unread[0]?.code, 'RECORD_INVALID')
    assert.deepEqual(told(answer), ['dev live pass'])
  })

  it('an image that is gone', async (t) => {
    const road = await openRoad(t, { git: false, layout: 'separate' })
    const digest = await road.carry('one', {}, 'dev', 'staging')
    await road.store('staging').deleteManifest(digest)
    const answer = await rescan(road, { environment: 'staging' })
    assert.deepEqual([answer.outcome, of(answer, 'staging').problem?.code], ['error', 'MANIFEST_MISSING'])
  })
})
