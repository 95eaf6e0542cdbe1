import { timestamp } from '../base/index.ts'
import type { BuildOutcome } from '../pipeline/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { Outcome } from '../promotion/index.ts'
import { featureA, featureB, featureC } from './changes.ts'
import { ADVISORY, writeSboms, writeScans } from './content-reports.ts'
import type { Narrator } from './narrator.ts'
import { runTests } from './run-tests.ts'
import type { Change } from './source-repository.ts'
import type { World } from './world.ts'

const application = 'ordersvc'

/** A pull request's build is for looking at. It can be promoted nowhere, whatever else is true of it. */
export async function pullRequest(change: Change, world: World, tell: Narrator): Promise<void> {
  const { pullRequest: number } = change
  await tell.chapter(
    `PR #${number}: ${change.message}`,
    'CI builds the merge ref, for validation and preview only.',
  )
  await world.source.openPullRequest(change)
  const built = await build(world, tell, {
    event: 'pull-request',
    ref: `refs/pull/${number}/merge`,
    pullRequest: number,
  })
  if (number === featureA.pullRequest) {
    const tag = built.tags[0] ?? built.digest
    await tell.refused(`pr-${number}`, `waybill promote ordersvc --to dev --image ${tag}`, () =>
      world.workspace.promote({ application, to: 'dev', image: built.digest }),
    )
  }
  await tell.snapshot(`pr-${number}`, `PR #${number} is built`)
}

/** Merged: built once, tested, signed, and promoted into dev by its digest. */
export async function mergeToDev(
  change: Change,
  number: number,
  world: World,
  tell: Narrator,
): Promise<BuildOutcome> {
  await tell.chapter(
    `Dev build #${number}`,
    `PR #${change.pullRequest} is merged; this build is the one that can go to production.`,
  )
  await world.source.mergePullRequest(change)
  const built = await build(world, tell, { event: 'push', ref: 'refs/heads/dev' })
  await attestTests('unit', 'dev', built, world, tell)
  await tell.promoted(`waybill promote ordersvc --to dev --image ${built.tags[0] ?? ''}`, () =>
    world.workspace.promote({ application, to: 'dev', image: built.digest }),
  )
  await tell.snapshot(`dev-${number}`, `Dev build #${number} is in dev`)
  return built
}

/** dev's digest becomes a release candidate in staging. No rebuild. */
export async function toStaging(
  built: BuildOutcome,
  version: string,
  world: World,
  tell: Narrator,
): Promise<void> {
  await tell.chapter(
    `Release candidate of ${version}`,
    'The digest from dev goes to staging as it is: no rebuild.',
  )
  const { tags } = await tell.promoted(`waybill promote ordersvc --to staging --version ${version}`, () =>
    world.workspace.promote({ application, to: 'staging', version }),
  )
  await tell.snapshot(
    `rc-${version}`,
    `${tags?.[0] ?? version} is in staging: still ${shortDigest(built.digest)}`,
  )
}

/** Everything prod's gates ask for, in the open: what is missing, who may not approve, and then the release. */
export async function releaseWithGates(built: BuildOutcome, world: World, tell: Narrator): Promise<void> {
  const release = () => world.workspace.release({ application, version: '1.4.0' })
  const line = 'waybill release ordersvc --version 1.4.0'
  await tell.chapter('Too early', 'Before staging has passed it, before its tests, before anybody approved.')
  await tell.refused('rc-1.4.0', line, release)
  await tell.chapter(
    'Staging proves it',
    'The end-to-end tests run against the real service; staging signs that it passed.',
  )
  await attestTests('e2e', 'staging', built, world, tell)
  await passStaging(world, tell)
  await whatIsInIt(built, world, tell, release)
  await tell.chapter('Four eyes', 'Bob wrote the change. His approval of his own work does not count.')
  await approve('bob', built, world, tell)
  await tell.refused('approval-1.4.0', line, release)
  await approve('alice', built, world, tell)
  await tell.chapter('Release 1.4.0', 'The same bytes, now in the production registry.')
  await tell.promoted(line, release)
  await tell.snapshot('release-1.4.0', '1.4.0 is in prod')
}

/** What changes against what runs, the finding that is in the way, and the one person who may let it through. */
async function whatIsInIt(
  built: BuildOutcome,
  world: World,
  tell: Narrator,
  release: () => Promise<Outcome>,
): Promise<void> {
  await tell.chapter(
    'What is in it',
    "A new dependency came along. The advisory is invented and the demo writes the scans itself, in Trivy's form; all of it names the real digests.",
  )
  await attestContent(built, world, tell)
  await tell.compared('waybill plan ordersvc --to prod --version 1.4.0', () =>
    world.workspace.plan({ application, to: 'prod', version: '1.4.0' }),
  )
  await tell.chapter(
    'An exception',
    'Carol of security looks at it and lets it through: this finding, this image, two weeks. It is no pass.',
  )
  await tell.refused('vulnerable-1.4.0', 'waybill release ordersvc --version 1.4.0', release)
  await waive(built, world, tell)
}

/** The release before: prod must hold something that can be rolled back to. */
export async function firstRelease(built: BuildOutcome, world: World, tell: Narrator): Promise<void> {
  await toStaging(built, '1.3.0', world, tell)
  await tell.chapter('Release 1.3.0', 'So that production has a past.')
  await attestTests('e2e', 'staging', built, world, tell)
  await attestContent(built, world, tell)
  await passStaging(world, tell)
  await approve('alice', built, world, tell)
  await tell.promoted('waybill release ordersvc --version 1.3.0', () =>
    world.workspace.release({ application, version: '1.3.0' }),
  )
  await tell.snapshot('release-1.3.0', '1.3.0 is in prod')
}

/** Its unit tests pass; only the running service shows what is wrong. It gets as far as staging. */
export async function badCandidate(world: World, tell: Narrator): Promise<void> {
  await world.source.openPullRequest(featureC)
  const built = await mergeToDev(featureC, 235, world, tell)
  await toStaging(built, '1.4.1', world, tell)
  await tell.chapter(
    'A bad candidate',
    'Start-up was "simplified": unit tests pass, the running service does not.',
  )
  await attestTests('e2e', 'staging', built, world, tell)
  await attestContent(built, world, tell)
  await tell.refused('rc-1.4.1', 'waybill release ordersvc --version 1.4.1', () =>
    world.workspace.release({ application, version: '1.4.1' }),
  )
  await tell.snapshot('refused-1.4.1', '1.4.1 stays out of prod')
}

/** One command back, one command forward: both are promotions with records of their own. */
export async function rollbackAndForward(released: BuildOutcome, world: World, tell: Narrator) {
  await tell.chapter(
    'Rollback',
    'Customers complain. One command brings back what was there before, by digest.',
  )
  const back = await tell.promoted('waybill rollback ordersvc prod --reason "orders time out"', () =>
    world.workspace.rollback({ application, environment: 'prod', reason: 'orders time out' }),
  )
  await tell.snapshot('rollback', 'prod is back at the digest of 1.3.0')
  await tell.chapter(
    'Forward again',
    'What was rolled away from stays out until somebody says why it may come again.',
  )
  const from = { application, to: 'prod', version: '1.4.0', image: released.digest }
  const line = `waybill promote ordersvc --to prod --version 1.4.0 --image ${shortDigest(released.digest)}…`
  const promote = () => world.workspace.promote(from)
  await tell.refused('rollback', line, promote)
  await admit(released, world, tell)
  await tell.promoted(line, promote)
  await tell.snapshot('forward', '1.4.0 is back in prod')
  return { from: released.digest, to: back.digest }
}

async function admit({ digest }: BuildOutcome, world: World, tell: Narrator): Promise<void> {
  const reason = 'it was the network'
  const key = '../keys/alice.key'
  const order = { application, environment: 'prod', word: 'admit', image: digest, reason, key } as const
  const line = `waybill hold ordersvc prod --admit ${shortDigest(digest)}… --reason "${reason}" --key ${key}`
  await tell.run(
    line,
    () => world.workspace.hold(order),
    ({ places }) => places.map(({ summary, signer }) => `${summary} (signed by ${signer})`).join('; '),
  )
}

export { featureA, featureB }

interface Trigger {
  readonly event: 'push' | 'pull-request'
  readonly ref: string
  readonly pullRequest?: string
}

async function build(world: World, tell: Narrator, trigger: Trigger): Promise<BuildOutcome> {
  const line = `waybill build ordersvc --event ${trigger.event} --ref ${trigger.ref}`
  return tell.run(
    line,
    () => world.workspace.build({ application, ...trigger }),
    ({ digest, tags, platforms }) => {
      return `${shortDigest(digest)}, ${platforms.length} platforms, tags ${tags.join(', ')}; provenance and signature attached.`
    },
  )
}

async function attestTests(
  suite: 'unit' | 'e2e',
  environment: string,
  built: BuildOutcome,
  world: World,
  tell: Narrator,
): Promise<void> {
  const folder = suite === 'unit' ? 'test' : 'e2e'
  const name = shortDigest(built.digest)
  const report = await tell.run(
    `node --test --test-reporter=junit ${folder}/*.test.js > ${suite}.xml`,
    () => runTests(world, suite, name),
    () => undefined,
  )
  await tell.attached(
    `waybill attest ordersvc ${name}… --environment ${environment} --junit ${suite}.xml --suite ${suite}`,
    async () => {
      const reports = { kind: 'files', format: 'junit', suite, files: [report] } as const
      const told = await world.workspace.attestReports({
        application,
        image: built.digest,
        environment,
        reports,
      })
      const [fact] = told.attestations
      if (!fact) throw new Error('one report makes one attestation')
      return fact
    },
  )
}

async function passStaging(world: World, tell: Narrator): Promise<void> {
  await tell.attached('waybill pass ordersvc staging', () =>
    world.workspace.pass({ application, environment: 'staging' }),
  )
}

async function approve(
  who: 'alice' | 'bob',
  built: BuildOutcome,
  world: World,
  tell: Narrator,
): Promise<void> {
  const key = `../keys/${who}.key`
  await tell.attached(`waybill approve ordersvc prod --key ${key}`, () =>
    world.workspace.approve({
      application,
      environment: 'prod',
      image: built.digest,
      decision: 'approve',
      key,
    }),
  )
}

/** What is in the image, and what is known about that: signed about the index, and about each platform. */
async function attestContent(built: BuildOutcome, world: World, tell: Narrator): Promise<void> {
  const name = shortDigest(built.digest)
  const files = [...(await writeSboms(built, world)), ...(await writeScans(built, world))]
  // A scan that found nothing is one only when it says what it looked things up in.
  const databaseOn = timestamp(new Date())
  const line = `waybill attest ordersvc ${name}… --environment staging --report '*-sbom.json' --report '*-scan.json' --database-date ${databaseOn.slice(0, 10)}`
  const reports = { kind: 'files', files, databaseOn } as const
  await tell.run(
    line,
    () =>
      world.workspace.attestReports({ application, image: built.digest, environment: 'staging', reports }),
    ({ attestations }) =>
      `${attestations.map(({ summary }) => summary.replace(/ on [0-9a-f]{12}( |$).*/, '')).join('; ')} (signed by ${attestations[0]?.signer ?? 'nobody'})`,
  )
}

async function waive({ digest }: BuildOutcome, world: World, tell: Narrator): Promise<void> {
  const reason = 'orders are parsed without it'
  const key = '../keys/carol.key'
  const line = `waybill waive ordersvc prod --gate vulnerabilities --finding ${ADVISORY} --reason "${reason}" --for 14d --key ${key}`
  const words = { application, environment: 'prod', gate: 'vulnerabilities', findings: [ADVISORY] } as const
  await tell.attached(line, () =>
    world.workspace.waive({ ...words, image: digest, reason, validFor: '14d', key }),
  )
}
