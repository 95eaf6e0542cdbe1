import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { predicateTypes } from '../../src/attestation/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import type { Outcome } from '../../src/promotion/index.ts'
import { noDockerRegistry } from '../support/registries.ts'
import { APP, commitOf, imageTag, openRoad } from '../support/road.ts'
import type { RegistryKind, Road } from '../support/road.ts'

const ENVIRONMENTS = ['dev', 'staging', 'prod'] as const
type Layout = 'shared' | 'separate'

// git costs most of the time, and does not depend on the registry: it is there in two of six.
const WORLDS: readonly { registry: RegistryKind; layout: Layout; git: boolean }[] = [
  { registry: 'embedded', layout: 'shared', git: true },
  { registry: 'embedded', layout: 'separate', git: false },
  { registry: 'embedded without referrers API', layout: 'shared', git: false },
  { registry: 'embedded without referrers API', layout: 'separate', git: true },
  { registry: 'docker-registry', layout: 'shared', git: false },
  { registry: 'docker-registry', layout: 'separate', git: false },
]

describe('one digest from its build to production', () => {
  for (const world of WORLDS) {
    const { registry, layout, git } = world
    const skip = registry === 'docker-registry' && noDockerRegistry
    it(`${registry}, ${layout} repositories${git ? ', with git' : ''}`, { skip }, async (t) => {
      const road = await openRoad(t, world)
      const digest = await road.build('one', { version: '1.4.0' })
      const outcomes = await walk(road)

      for (const [index, outcome] of outcomes.entries()) checkOutcome(outcome, index, digest)
      await checkTags(road, digest)
      await checkClosure(road, digest, outcomes, layout)
      await checkStatus(road, outcomes)
      await checkTrace(road, outcomes)
      if (git) checkGit(road, outcomes)

      const again = await promote(road, 'prod')
      assert.equal(again.outcome, 'already')
      assert.equal(again.record, outcomes[2]?.record)
      assert.equal((await road.chain('prod')).length, 1)
      if (git) assert.equal(road.commits().length, 3)
    })
  }
})

async function promote(road: Road, to: string): Promise<Outcome> {
  const w = await road.open()
  return w.promote({ application: APP, to, ...(to === 'dev' && { image: imageTag('one') }) })
}

async function walk(road: Road): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const to of ENVIRONMENTS) {
    outcomes.push(await promote(road, to))
    road.later(1)
  }
  return outcomes
}

const TAGS = [[imageTag('one'), 'dev'], ['1.4.0-rc.1'], ['1.4.0', '1.4', '1', 'stable']]

function checkOutcome(outcome: Outcome, index: number, digest: Digest): void {
  assert.equal(outcome.outcome, 'promoted', JSON.stringify(outcome.verdict))
  assert.equal(outcome.kind, 'promotion')
  assert.equal(outcome.application, APP)
  assert.equal(outcome.digest, digest)
  assert.equal(outcome.to, ENVIRONMENTS[index])
  if (index > 0) assert.equal(outcome.from, ENVIRONMENTS[index - 1])
  assert.equal(outcome.sequence, 1)
  assert.equal(outcome.previous, undefined)
  assert.deepEqual(outcome.tags, TAGS[index])
  assert.equal(outcome.verdict.result, 'pass')
  assert.ok(
    outcome.verdict.gates.every(
      ({ gate, result, evidence }) => result === 'pass' && (isStop(gate) || evidence.length > 0),
    ),
  )
  assert.match(outcome.record ?? '', /^sha256:[0-9a-f]{64}$/)
  assert.equal(outcome.proof?.result, 'pass')
  const counts = Object.keys(outcome.copy ?? {}).toSorted()
  assert.deepEqual(counts, ['blobs', 'bytes', 'manifests', 'mounted', 'referrers', 'requests'])
  assert.deepEqual(outcome.warnings, [])
  // What -o json prints is this value: nothing in it may get lost on the way.
  assert.deepEqual(JSON.parse(JSON.stringify(outcome)), outcome)
}

async function checkTags(road: Road, digest: Digest): Promise<void> {
  for (const [index, environment] of ENVIRONMENTS.entries()) {
    for (const tag of TAGS[index] ?? []) assert.equal(await road.tag(environment, tag), digest, tag)
    const [head] = await road.chain(environment)
    assert.equal(await road.tag(environment, `promotions.${environment}`), head?.record)
  }
}

/** What must be signed about the digest where it ended up: all of its way. */
async function checkClosure(
  road: Road,
  digest: Digest,
  outcomes: readonly Outcome[],
  layout: Layout,
): Promise<void> {
  const w = await road.open()
  const verification = await w.verify({ reference: `${road.repository('prod')}@${digest}` })
  assert.equal(verification.result, 'pass', JSON.stringify(verification.checks))
  const count = (type: keyof typeof predicateTypes) =>
    verification.evidence.filter((entry) => entry.predicateType === predicateTypes[type]).length
  assert.deepEqual(
    ['provenance', 'signature', 'test-result', 'pass', 'promotion'].map((type) => [
      type,
      count(type as 'pass'),
    ]),
    [
      ['provenance', 1],
      ['signature', 1],
      ['test-result', 1],
      ['pass', 3],
      ['promotion', 3],
    ],
  )
  assert.ok(verification.evidence.every((entry) => entry.state === 'valid'))
  assert.deepEqual(
    verification.promotions.map(({ record }) => `${record}`).toSorted(byText),
    recordsOf(outcomes),
  )
  const copied = outcomes.map((outcome) => outcome.copy?.referrers)
  assert.deepEqual(copied, layout === 'shared' ? [0, 0, 0] : [0, 5, 7])
}

const recordsOf = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ record = '' }) => `${record}`).toSorted(byText)
const byText = (a: string, b: string) => a.localeCompare(b)

async function checkStatus(road: Road, outcomes: readonly Outcome[]): Promise<void> {
  const status = await (await road.open()).status({})
  const [application] = status.applications
  assert.deepEqual(Object.keys(status), ['kind', 'applications'])
  assert.deepEqual(
    application?.environments.map(
      ({ environment, digest, tags, sequence, passed, drift, problem, candidate }) => ({
        environment,
        digest,
        tags,
        sequence,
        passed,
        drift,
        problem,
        candidate,
      }),
    ),
    outcomes.map((outcome, index) => ({
      environment: ENVIRONMENTS[index],
      digest: outcome.digest,
      tags: TAGS[index],
      sequence: 1,
      passed: true,
      drift: [],
      problem: undefined,
      candidate: undefined,
    })),
  )
}

async function checkTrace(road: Road, outcomes: readonly Outcome[]): Promise<void> {
  const w = await road.open()
  const [first] = outcomes
  assert.ok(first)
  const trace = await w.trace({ query: first.digest })
  assert.equal(trace.match, 'index')
  assert.equal(trace.commit, commitOf('one'))
  assert.equal(trace.version, '1.4.0')
  assert.equal(trace.build?.branch, 'dev')
  assert.deepEqual(
    trace.running.map((entry) => entry.environment),
    [...ENVIRONMENTS],
  )
  assert.deepEqual(
    trace.promotions.map((entry) => entry.environment),
    [...ENVIRONMENTS],
  )
  const [platform] = trace.platforms
  assert.ok(platform)
  const byPod = await w.trace({ query: `docker-pullable://${road.repository('prod')}@${platform.manifest}` })
  assert.deepEqual([byPod.match, byPod.digest], ['platform', first.digest])
  const byConfig = await w.trace({ query: platform.config })
  assert.deepEqual([byConfig.match, byConfig.digest], ['config', first.digest])
  const byTag = await w.trace({ query: '1.4.0' })
  assert.deepEqual([byTag.match, byTag.digest], ['index', first.digest])
}

function checkGit(road: Road, outcomes: readonly Outcome[]): void {
  const commits = road.commits().toReversed()
  assert.equal(commits.length, 3)
  for (const [index, outcome] of outcomes.entries()) {
    const environment = ENVIRONMENTS[index] ?? ''
    assert.equal(road.inGit(environment), outcome.digest)
    const trailers = (commits[index] ?? '').trim().split('\n\n').at(-1)?.split('\n')
    assert.deepEqual(trailers, [
      `Application: ${APP}`,
      `Environment: ${environment}`,
      `Image-Digest: ${outcome.digest}`,
      `Promotion-Record: ${outcome.record}`,
    ])
    const path = `environments/${environment}/${APP}/kustomization.yaml`
    assert.deepEqual(
      outcome.delivery?.map(({ target, changed }) => ({ target, changed })),
      [{ target: 'kustomize', changed: [path] }],
    )
    assert.match(outcome.delivery?.[0]?.commit ?? '', /^[0-9a-f]{40}$/)
  }
}

/** That nobody stops a place needs no evidence. */
const isStop = (gate: string) => gate === 'hold' || gate === 'quarantine'
