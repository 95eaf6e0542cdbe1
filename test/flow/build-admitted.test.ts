import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Step } from '../../src/base/index.ts'
import type { Fault, IncomingRequest } from '../../src/embedded/index.ts'
import type { BuildOutcome } from '../../src/pipeline/outcome.ts'
import { openLayout } from '../../src/registry/index.ts'
import { commitAll } from '../support/build.ts'
import { behave, installImageTools } from '../support/image-tools.ts'
import type { Behaviour } from '../support/image-tools.ts'
import { APP } from '../support/road.ts'
import type { Road } from '../support/road.ts'
import { openScanRoad } from '../support/scan-road.ts'
import type { ScanRoadOptions } from '../support/scan-road.ts'

const BOTH = { sbom: 'syft', scan: ['trivy', 'grype'], structure: 'structure.yaml', publish: 'admitted' }
const GATES = [
  { provenance: { branches: ['main'] } },
  { signature: {} },
  { sbom: {} },
  { structure: {} },
  { secrets: {} },
  { vulnerabilities: { block: ['critical'] } },
  { approval: { roles: ['release-manager'] } },
]
const TESTS = `schemaVersion: 2.0.0
commandTests: [{ name: it starts, command: node }]
fileExistenceTests: [{ name: server, path: /app/server.js, shouldExist: true }]
`
const CRITICAL = { 'linux/arm64': [['CVE-2099-0001', 'CRITICAL']] } as const
const isWrite = ({ method }: { readonly method: string }) => method !== 'GET' && method !== 'HEAD'

async function world(t: Parameters<typeof openScanRoad>[0], options: ScanRoadOptions = {}) {
  const made = await openScanRoad(t, { gates: GATES, build: BOTH, ...options })
  installImageTools(made.bin)
  writeFileSync(join(made.road.directory, 'structure.yaml'), TESTS)
  return made
}

const build = async (road: Road, more: object = {}): Promise<BuildOutcome> =>
  (await road.open()).build({ application: APP, ...more })

const failing = ({ admission }: BuildOutcome) =>
  admission?.verdict.gates.filter(({ result }) => result === 'fail').map(({ gate }) => gate)

describe('a build that is pushed when the first environment lets it in', () => {
  for (const registry of ['embedded', 'embedded without referrers API', 'docker-registry'] as const)
    it(`${registry}: everything in order, and nothing new the second time`, async (t) => {
      const { road, bin } = await world(t, { registry })
      const first = await build(road)
      assert.equal(first.outcome, 'built', JSON.stringify(first.admission))
      // Each platform: an SBOM, two scans for vulnerabilities, one for secrets, structure tests.
      const platforms = ['linux/amd64', 'linux/arm64']
      const kinds = first.checks?.map(({ check, kind, platform }) => `${platform} ${check} ${kind}`)
      assert.deepEqual(
        kinds?.toSorted(),
        platforms.flatMap((platform) => [
          `${platform} container-structure-test structure`,
          `${platform} grype vulnerabilities`,
          `${platform} syft sbom`,
          `${platform} trivy secrets`,
          `${platform} trivy vulnerabilities`,
        ]),
      )
      assert.ok(first.checks?.every(({ outcome, payload }) => outcome === 'attached' && payload))
      const structure = first.checks?.find(({ kind }) => kind === 'structure')
      assert.match(structure?.summary ?? '', /1 passed, 0 failed, 1 not run: commands need Docker/)
      assert.equal(
        first.checks?.find(({ kind }) => kind === 'vulnerabilities')?.databaseOn,
        '2025-03-02T06:00:00Z',
      )
      assert.deepEqual(first.admission?.left.toSorted(), ['approval', 'hold', 'quarantine'])
      const before = await road.store('dev').referrers(first.digest)
      assert.equal(before.length, 12)
      assert.equal(await road.tag('dev', first.tags[0] ?? ''), first.digest)

      road.later(60)
      road.nonprod.requests.length = 0
      writeFileSync(join(bin, 'calls'), '')
      const again = await build(road)
      assert.deepEqual([again.outcome, again.digest], ['already', first.digest])
      assert.equal(again.admission?.verdict.result, 'pass')
      assert.deepEqual(road.nonprod.requests.filter(isWrite), [])
      assert.equal((await road.store('dev').referrers(first.digest)).length, 12)
      assert.doesNotMatch(readFileSync(join(bin, 'calls'), 'utf8'), /image --input|scan oci-dir/)

      // What is known of an image gets old; what is in it does not.
      road.later(60 * 24 * 8)
      behave(bin, { now: road.now.toISOString() })
      const week = await build(road)
      assert.equal(week.outcome, 'built', JSON.stringify(week.admission))
      const anew = week.checks?.filter(({ outcome }) => outcome === 'attached').map(({ kind }) => kind)
      assert.deepEqual([...new Set(anew)].toSorted(), ['secrets', 'vulnerabilities'])

      const promoted = await road.promote('dev', { image: first.digest })
      assert.equal(promoted.outcome, 'pending', JSON.stringify(promoted.verdict))
    })

  it('a flaw in one platform only: refused, nothing is pushed; a waiver lets it in', async (t) => {
    const { road, bin } = await world(t)
    behave(bin, { flaws: CRITICAL })
    const refused = await build(road)
    assert.deepEqual([refused.outcome, refused.tags, failing(refused)], ['refused', [], ['vulnerabilities']])
    assert.match(JSON.stringify(refused.admission), /CVE-2099-0001/)
    assert.ok(refused.checks?.every(({ outcome }) => outcome === 'planned'))
    assert.deepEqual(road.nonprod.requests.filter(isWrite), [])
    const cli = await road.cli(['build', APP])
    assert.equal(cli.code, 3, cli.stderr)
    assert.match(cli.stdout, /^Refused: ordersvc was built and not pushed/)
    assert.match(cli.stdout, /FAIL {2}vulnerab/)
    const markdown = await road.cli(['build', APP, '-o', 'markdown'])
    assert.match(markdown.stdout, /\| \*\*FAIL\*\* \| vulnerabilities \|/)

    const w = await road.open()
    await w.waive({
      application: APP,
      environment: 'dev',
      gate: 'vulnerabilities',
      findings: ['CVE-2099-0001'],
      everyImage: true,
      reason: 'no fix yet',
      validFor: '7d',
      key: 'env://KEY_OPS',
    })
    const built = await build(road)
    assert.equal(built.outcome, 'built', JSON.stringify(built.admission))
  })

  it('--layout keeps what was refused, with everything that was found', async (t) => {
    const { road, bin } = await world(t)
    behave(bin, { flaws: CRITICAL, failing: ['linux/amd64'] })
    const refused = await build(road, { layout: 'out' })
    assert.equal(refused.outcome, 'refused')
    assert.deepEqual(failing(refused), ['structure', 'vulnerabilities'])
    const layout = await openLayout(join(road.directory, 'out'))
    assert.equal((await layout.referrers(refused.digest)).length, 12)
    assert.deepEqual(
      (await layout.tags()).filter((tag) => tag.startsWith('git-')),
      [],
    )
    assert.deepEqual(road.nonprod.requests.filter(isWrite), [])
  })

  it('publish: always pushes what was found to be bad, and says so', async (t) => {
    const { road, bin } = await world(t, { build: { ...BOTH, publish: 'always' } })
    behave(bin, { flaws: CRITICAL, secrets: { 'linux/amd64': ['aws-key'] }, ended: true })
    const built = await build(road)
    assert.deepEqual([built.outcome, built.admission], ['built', undefined])
    const found = built.checks?.filter(({ check }) => check === 'trivy') ?? []
    assert.deepEqual(
      found.map(({ kind, platform, counts }) => `${kind} ${platform} ${counts.critical ?? 0}`).toSorted(),
      [
        'secrets linux/amd64 1',
        'secrets linux/arm64 0',
        'vulnerabilities linux/amd64 0',
        'vulnerabilities linux/arm64 1',
      ],
    )
    assert.ok(found.some(({ endOfLife }) => endOfLife))
    const plan = await (await road.open()).plan({ application: APP, to: 'dev', image: built.digest })
    const bad = plan.verdict.gates.filter(({ result }) => result === 'fail').map(({ gate }) => gate)
    assert.deepEqual(bad, ['secrets', 'vulnerabilities'])
  })

  const WRONG: readonly (readonly [string, NonNullable<Behaviour['wrong']>, RegExp])[] = [
    ['a scanner that crashes', { trivy: 'crash' }, /TOOL_FAILED/],
    ['a scanner that ends well without a report', { grype: 'silent' }, /TOOL_FAILED/],
    ['a report about another image', { trivy: 'other-image' }, /TOOL_MISTAKEN/],
    ['a list of another image', { syft: 'other-image' }, /TOOL_MISTAKEN/],
    ['a report about no image', { trivy: 'no-image' }, /TOOL_MISTAKEN/],
    ['a report about another platform', { grype: 'other-platform' }, /TOOL_MISTAKEN/],
  ]
  for (const [what, wrong, code] of WRONG)
    it(`${what} is an error, and nothing is pushed`, async (t) => {
      const { road, bin } = await world(t)
      behave(bin, { wrong })
      const run = await road.cli(['build', APP])
      assert.equal(run.code, 1, run.stdout)
      assert.match(run.stderr, code)
      // eslint-disable-next-line no-control-regex -- what must not be there
      assert.doesNotMatch(run.stderr, /\u001b\[31m|^##vso/m)
      assert.deepEqual(road.nonprod.requests.filter(isWrite), [])
    })

  it('a tool that is not there, or is known to be bad, stops before the build', async (t) => {
    const { road, bin } = await world(t, { build: { scan: ['trivy'] } })
    const script = readFileSync(join(bin, 'trivy'), 'utf8')
    writeFileSync(join(bin, 'trivy'), script.replaceAll('0.74.0', '0.69.5'))
    const bad = await road.cli(['build', APP])
    assert.match(bad.stderr, /TOOL_REFUSED[\s\S]*CVE-2026-33634/)
    assert.doesNotMatch(bad.stderr, /done build/)
    road.config.tools = { trivy: { program: './no-trivy' } }
    road.write()
    const missing = await road.cli(['build', APP])
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /TOOL_MISSING/)
  })

  it('an interrupt ends the scanner, and nothing is pushed', async (t) => {
    const { road, bin } = await world(t)
    behave(bin, { wrong: { grype: 'hang' } })
    const stop = new AbortController()
    const w = await road.open(undefined, stop.signal)
    const building = w.build({ application: APP })
    while (!existsSync(join(bin, 'hanging'))) await sleep(20)
    stop.abort()
    await assert.rejects(building)
    assert.deepEqual(road.nonprod.requests.filter(isWrite), [])
  })

  it('a commit whose tag names another digest is refused before anything is pushed', async (t) => {
    const { road, source } = await world(t)
    const { tags, digest } = await build(road)
    const other = await build(road, { context: source, version: '9.9.9' }).catch((error: unknown) => error)
    assert.match(String((other as { code?: string }).code), /IMMUTABLE_TAG_CONFLICT/)
    assert.equal(await road.tag('dev', tags[0] ?? ''), digest)
    writeFileSync(join(source, 'server.js'), 'other()')
    commitAll(source)
    assert.equal((await build(road)).outcome, 'built')
  })

  it("a pull request's image may be tried, and no environment takes it", async (t) => {
    const gates = [
      { provenance: { event: ['push'], branches: ['main'] } },
      { vulnerabilities: { block: ['critical'] } },
    ]
    const { road, bin } = await world(t, { gates })
    const asked = { event: 'pull-request', pullRequest: '7', ref: 'refs/pull/7/merge' }
    const preview = await build(road, asked)
    assert.equal(preview.outcome, 'built', JSON.stringify(preview.admission))
    assert.equal(preview.admission?.preview, true)
    assert.ok(preview.tags.includes('pr-7'))
    const { outcome, verdict } = await road.promote('dev', { image: preview.digest })
    assert.equal(outcome, 'refused')
    assert.match(JSON.stringify(verdict), /never promotable/)
    // A push that is none of the branches is refused, as on the way in.
    const manual = await build(road, { ref: 'refs/heads/feature', event: 'manual' })
    assert.deepEqual(failing(manual), ['provenance'])
    const cli = await road.cli([
      'build',
      APP,
      '--event',
      'pull-request',
      '--pull-request',
      '7',
      '--ref',
      'refs/pull/7/merge',
    ])
    assert.match(cli.stdout, /A\s+preview: event and branch were not/)
    behave(bin, { flaws: CRITICAL })
    const layout = { ...asked, layout: 'pr' }
    assert.deepEqual(failing(await build(road, layout)), ['vulnerabilities'])
  })

  it('each platform and tool is told as an item', async (t) => {
    const { road } = await world(t)
    const steps: Step[] = []
    await (await road.open((step) => steps.push(step))).build({ application: APP })
    const done = steps.flatMap((step) => (step.kind === 'item' && step.state === 'done' ? [step.item] : []))
    assert.equal(done.length, 8)
    assert.ok(done.includes('trivy linux/arm64') && done.includes('container-structure-test linux/amd64'))
    const names = steps.flatMap((step) => (step.kind === 'step' && step.state === 'done' ? [step.step] : []))
    assert.deepEqual(names, ['build', 'evaluate', 'push'])
  })
})

describe('a build that dies, then the same command again', () => {
  it('at every write: one image, its evidence once, its tag', async (t) => {
    const { road } = await world(t, {
      build: { sbom: 'syft', publish: 'admitted' },
      gates: [{ sbom: {} }],
    })
    let crashes = 0
    for (let at = 0, more = true; more; at++) {
      assert.ok(at < 60, 'a small image has fewer than 60 writes')
      for (const when of ['before', 'after'] as const) {
        const version = `1.${at}.${when === 'before' ? 0 : 1}`
        const repository = `${road.nonprod.address}/${when}-${at}/{application}`
        road.change('dev', { repository })
        more = await crash(road, { at, when }, version)
        crashes += Number(more)
        road.later(1)
        const again = await build(road, { version })
        assert.ok(['built', 'already'].includes(again.outcome), `${at} ${when}: ${again.outcome}`)
        const found = await road.store('dev').referrers(again.digest)
        assert.equal(new Set(found.map(({ digest }) => digest)).size, 4, `${at} ${when}: ${found.length}`)
        assert.equal(await road.tag('dev', again.tags[0] ?? ''), again.digest)
        const last = await build(road, { version })
        assert.equal(last.outcome, 'already', `${at} ${when}`)
      }
    }
    assert.ok(crashes > 20, `only ${crashes} crashes happened`)
  })
})

interface Crash {
  readonly at: number
  readonly when: 'before' | 'after'
}

/** Builds until the crash: from then on this process sends nothing and hears nothing. True when it crashed. */
async function crash(road: Road, { at, when }: Crash, version: string): Promise<boolean> {
  const lab = road.nonprod
  const death = new AbortController()
  const answered = lab.requests.length
  let [started, writes] = [0, 0]
  lab.fault = (request: IncomingRequest): Fault | undefined => {
    started++
    if (!isWrite(request) || writes++ < at) return undefined
    setTimeout(() => death.abort(), 0)
    return when === 'before' ? { status: 503, body: '' } : { truncateAt: 0 }
  }
  const w = await road.open(undefined, death.signal)
  const died = await w.build({ application: APP, version }).then(
    () => false,
    () => true,
  )
  for (let waits = 0; lab.requests.length - answered < started && waits < 200; waits++) await sleep(5)
  lab.fault = undefined
  return died
}
