import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { predicateTypes } from '../attestation/index.ts'
import { digestOf } from '../oci/index.ts'
import {
  approvalOf,
  DEV_REPOSITORY,
  factsWith,
  IMAGE,
  markOf,
  OTHER_IMAGE,
  provenanceOf,
  signer,
  stay,
  testsOf,
  verified,
} from '../../test/support/policy-facts.ts'
import { evaluate, gatesSchema } from './index.ts'
import type { Facts } from './index.ts'

interface Case {
  readonly name: string
  readonly gate: object
  readonly facts: Facts
  readonly result: 'pass' | 'fail' | 'error' | 'pending'
  readonly reason: RegExp
  readonly earliest?: string
  readonly waitingFor?: readonly string[]
}

async function judge(gate: object, facts: Facts) {
  const [verdict] = (await evaluate(await gatesSchema.parseAsync([gate]), facts)).gates
  assert.ok(verdict)
  return verdict
}

function table(kind: string, cases: readonly Case[]): void {
  describe(`gate ${kind}`, () => {
    for (const one of cases) {
      test(one.name, async () => {
        const verdict = await judge(one.gate, one.facts)
        assert.match(verdict.reason, one.reason)
        assert.equal(verdict.result, one.result, verdict.reason)
        assert.equal(verdict.gate, kind)
        assert.equal(verdict.earliest, one.earliest)
        assert.deepEqual(verdict.waitingFor, one.waitingFor)
        const known = new Set([
          ...one.facts.evidence.valid.map((entry) => entry.payload),
          ...one.facts.upstream.flatMap((entry) => entry.occupancy.map((stretch) => stretch.record)),
        ])
        assert.ok(verdict.evidence.every((payload) => known.has(payload)))
        if (one.result === 'pass') assert.ok(verdict.evidence.length > 0, 'a pass rests on something')
      })
    }
  })
}

const built = (changes: object = {}, author?: string) =>
  factsWith([verified('provenance', provenanceOf(changes, author))])

function foreignProvenance() {
  const ours = provenanceOf()
  return { ...ours, buildDefinition: { ...ours.buildDefinition, buildType: 'https://example.com/other/v1' } }
}

table('provenance', [
  {
    name: 'a push to the branch',
    gate: { provenance: { event: 'push', branches: ['dev'] } },
    facts: built(),
    result: 'pass',
    reason: /commit c0ffee0\S* on "dev" of .* by push\.$/,
  },
  {
    name: 'no provenance',
    gate: { provenance: {} },
    facts: factsWith([]),
    result: 'fail',
    reason: /^No signed provenance\.$/,
  },
  {
    name: 'foreign provenance is named, and does not count',
    gate: { provenance: {} },
    facts: factsWith([], {
      evidence: {
        valid: [],
        unusable: [
          {
            state: 'foreign',
            reason: 'signer mallory may not say this',
            code: 'X',
            predicateType: predicateTypes.provenance,
            payload: IMAGE,
            origin: { manifest: IMAGE, format: 'bundle' },
          },
        ],
      },
    }),
    result: 'fail',
    reason: /No signed provenance; 1 other found that does not count \(foreign: signer mallory/,
  },
  {
    name: 'a pull request',
    gate: { provenance: {} },
    facts: built({ event: 'pull-request', pullRequest: '101' }),
    result: 'fail',
    reason: /Built from a pull request; a pull-request build is never promotable\./,
  },
  {
    name: 'a pull request that calls itself a push',
    gate: { provenance: { event: 'push' } },
    facts: built({ ref: 'refs/pull/101/merge' }),
    result: 'fail',
    reason: /never promotable/,
  },
  {
    name: 'parameters nobody can read',
    gate: { provenance: {} },
    facts: built({ extra: 1 }),
    result: 'error',
    reason: /1 signed provenance statement cannot be read/,
  },
  {
    name: 'a build type that states no event cannot rule out a pull request',
    gate: { provenance: {} },
    facts: factsWith([verified('provenance', foreignProvenance())]),
    result: 'fail',
    reason: /does not say which event/,
  },
  {
    name: 'another event',
    gate: { provenance: { event: ['push', 'tag'] } },
    facts: built({ event: 'manual' }),
    result: 'fail',
    reason: /event manual, required: push and tag/,
  },
  {
    name: 'another branch',
    gate: { provenance: { branches: ['main', 'release/*'] } },
    facts: built(),
    result: 'fail',
    reason: /branch "dev", required: main and release\/\*/,
  },
  {
    name: 'a branch by wildcard',
    gate: { provenance: { branches: ['release/*'] } },
    facts: built({ ref: 'refs/heads/release/1.4' }),
    result: 'pass',
    reason: /release\/1\.4/,
  },
  {
    name: 'wildcards are anchored',
    gate: { provenance: { branches: ['release/*'] } },
    facts: built({ ref: 'refs/heads/my-release/1.4' }),
    result: 'fail',
    reason: /required: release/,
  },
  {
    name: 'one star stays in its segment',
    gate: { provenance: { branches: ['release/*'] } },
    facts: built({ ref: 'refs/heads/release/a/b' }),
    result: 'fail',
    reason: /required/,
  },
  {
    name: 'another source',
    gate: { provenance: {} },
    facts: built({ source: 'https://evil.example.com/ordersvc' }),
    result: 'fail',
    reason: /Built from "https:\/\/evil.example.com\/ordersvc", required: https:\/\/git/,
  },
  {
    name: 'the same source in another spelling',
    gate: { provenance: { source: 'git@git.example.com:contoso/ordersvc.git' } },
    facts: built(),
    result: 'pass',
    reason: /push/,
  },
  {
    name: 'no source configured is said',
    gate: { provenance: {} },
    facts: { ...built(), source: undefined },
    result: 'pass',
    reason: /no source is configured/,
  },
  {
    name: 'another builder',
    gate: { provenance: { builders: ['https://ci.example.com'] } },
    facts: built(),
    result: 'fail',
    reason: /Built by "https:\/\/ci.example.com\/runner", required/,
  },
  {
    name: 'a dirty tree',
    gate: { provenance: {} },
    facts: built({ dirty: true }),
    result: 'fail',
    reason: /uncommitted changes/,
  },
  {
    name: 'a dirty tree, allowed',
    gate: { provenance: { allowDirty: true } },
    facts: built({ dirty: true }),
    result: 'pass',
    reason: /push/,
  },
  {
    name: 'two that agree',
    gate: { provenance: {} },
    facts: factsWith([verified('provenance', provenanceOf()), verified('provenance', provenanceOf())]),
    result: 'pass',
    reason: /push/,
  },
  {
    name: 'two that disagree',
    gate: { provenance: {} },
    facts: factsWith([
      verified('provenance', provenanceOf()),
      verified('provenance', provenanceOf({ ref: 'refs/heads/main' })),
    ]),
    result: 'fail',
    reason: /disagree about the branch/,
  },
  {
    name: 'one that cannot be read',
    gate: { provenance: {} },
    facts: factsWith([verified('provenance', provenanceOf()), verified('provenance', { nonsense: true })]),
    result: 'error',
    reason: /1 signed provenance statement cannot be read/,
  },
  {
    name: 'untrusted text is made harmless',
    gate: { provenance: {} },
    facts: built({ source: 'https://x/\u001b[31m##vso[task]' }),
    result: 'fail',
    reason: /^[^\p{Cc}]*$/u,
  },
])

const unit = (result: 'PASSED' | 'WARNED' | 'FAILED', counts: object = {}) =>
  verified('test-result', testsOf('unit', result, counts))

table('tests', [
  {
    name: 'passed',
    gate: { tests: { suites: ['unit'] } },
    facts: factsWith([unit('PASSED')]),
    result: 'pass',
    reason: /^unit: PASSED, 2 passed\.$/,
  },
  {
    name: 'absent',
    gate: { tests: { suites: ['unit', 'e2e'] } },
    facts: factsWith([unit('PASSED')]),
    result: 'fail',
    reason: /e2e: no signed test result, required: PASSED/,
  },
  {
    name: 'failed',
    gate: { tests: { suites: ['unit'] } },
    facts: factsWith([unit('FAILED', { failedTests: ['c'] })]),
    result: 'fail',
    reason: /unit: FAILED, 2 passed, 1 failed, required: PASSED\.$/,
  },
  {
    name: 'warned',
    gate: { tests: { suites: ['unit'] } },
    facts: factsWith([unit('WARNED', { warnedTests: ['c'] })]),
    result: 'pass',
    reason: /WARNED, 2 passed, 1 with warnings \(warnings are let through\)/,
  },
  {
    name: 'a failure beside a success: an old PASSED cannot be replayed over it',
    gate: { tests: { suites: ['unit'] } },
    facts: factsWith([unit('FAILED'), unit('PASSED')]),
    result: 'fail',
    reason: /nothing proves which is newer/,
  },
  {
    name: 'withholding the only result lets nothing in',
    gate: { tests: { suites: ['unit'] } },
    facts: factsWith([verified('test-result', testsOf('e2e', 'PASSED'))]),
    result: 'fail',
    reason: /unit: no signed test result/,
  },
  {
    name: 'one that cannot be read may be the failure',
    gate: { tests: { suites: ['unit'] } },
    facts: factsWith([unit('PASSED'), verified('test-result', { result: 'BROKEN' })]),
    result: 'error',
    reason: /cannot be read/,
  },
])

const marked = (
  occupancy: Facts['upstream'][number]['occupancy'],
  extra = [verified('pass', markOf('dev'))],
) => factsWith(extra, { upstream: [{ environment: 'dev', repository: DEV_REPOSITORY, occupancy }] })
const soak = { passed: { environment: 'dev', soak: '90m' } }

table('passed', [
  {
    name: 'passed',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([verified('pass', markOf('dev'))]),
    result: 'pass',
    reason: /^dev passed this digest\.$/,
  },
  {
    name: 'no mark',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([]),
    result: 'fail',
    reason: /dev has not passed this digest; run waybill pass\./,
  },
  {
    name: 'withheld PASSED, FAILED left',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([verified('pass', markOf('dev', false))]),
    result: 'fail',
    reason: /dev failed this digest/,
  },
  {
    name: 'FAILED, mended and passed later',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([
      verified('pass', markOf('dev', true, undefined, '2026-03-01T11:00:00Z')),
      verified('pass', markOf('dev', false)),
    ]),
    result: 'pass',
    reason: /^dev passed this digest\.$/,
  },
  {
    name: 'passed, and FAILED later',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([
      verified('pass', markOf('dev')),
      verified('pass', markOf('dev', false, undefined, '2026-03-01T11:00:00Z')),
    ]),
    result: 'fail',
    reason: /dev failed this digest/,
  },
  {
    name: 'FAILED beside PASSED',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([verified('pass', markOf('dev')), verified('pass', markOf('dev', false))]),
    result: 'fail',
    reason: /dev failed/,
  },
  {
    name: 'the mark of another environment',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([verified('pass', markOf('qa'))]),
    result: 'fail',
    reason: /dev has not passed/,
  },
  {
    name: 'the mark of another place',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([verified('pass', markOf('dev', true, 'registry.example.com/dev/other'))]),
    result: 'fail',
    reason: /a mark for another repository than registry.example.com\/dev\/ordersvc does not count/,
  },
  {
    name: 'a PASSED mark without the level',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([verified('pass', { ...markOf('dev'), verifiedLevels: ['SLSA_BUILD_LEVEL_3'] })]),
    result: 'fail',
    reason: /has not passed/,
  },
  {
    name: 'one that cannot be read beside a PASSED one may be the last word',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([verified('pass', markOf('dev')), verified('pass', { verifier: 1 })]),
    result: 'error',
    reason: /cannot be read/,
  },
  {
    name: 'a mark that cannot be read',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([verified('pass', { verifier: 1 })]),
    result: 'error',
    reason: /cannot be read/,
  },
  {
    name: 'a mark from the future, which no failure could outlive',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([
      verified('pass', markOf('dev', true, DEV_REPOSITORY, '2099-01-01T00:00:00Z')),
      verified('pass', markOf('dev', false)),
    ]),
    result: 'error',
    reason: /dated 2099-01-01T00:00:00Z, which is in the future/,
  },
  {
    name: 'nothing known about the environment',
    gate: { passed: { environment: 'dev' } },
    facts: factsWith([verified('pass', markOf('dev'))], { upstream: [] }),
    result: 'error',
    reason: /Nothing could be read about dev/,
  },
  {
    name: 'soaked',
    gate: soak,
    facts: marked([stay(IMAGE, '10:00')]),
    result: 'pass',
    reason: /stayed there 2h, required: 1h 30m/,
  },
  {
    name: 'exactly soaked',
    gate: soak,
    facts: marked([stay(IMAGE, '10:30')]),
    result: 'pass',
    reason: /1h 30m/,
  },
  {
    name: 'still soaking',
    gate: soak,
    facts: marked([stay(OTHER_IMAGE, '09:00', '11:15'), stay(IMAGE, '11:15')]),
    result: 'pending',
    reason: /been in dev for 45m, required: 1h 30m; the earliest time is 2026-03-01T12:45:00Z/,
    earliest: '2026-03-01T12:45:00Z',
  },
  {
    name: 'promoting the same digest again does not reset the soak',
    gate: soak,
    facts: marked([stay(IMAGE, '10:00', '11:50'), stay(IMAGE, '11:50')]),
    result: 'pass',
    reason: /2h/,
  },
  {
    name: 'two stays do not add up',
    gate: soak,
    facts: marked([stay(IMAGE, '09:00', '10:00'), stay(OTHER_IMAGE, '10:00', '11:00'), stay(IMAGE, '11:00')]),
    result: 'pending',
    reason: /for 1h,/,
    earliest: '2026-03-01T12:30:00Z',
  },
  {
    name: 'left too early',
    gate: soak,
    facts: marked([stay(IMAGE, '11:00', '11:10'), stay(OTHER_IMAGE, '11:10')]),
    result: 'fail',
    reason: /left dev after 10m, required: 1h 30m; promote it there again/,
  },
  {
    name: 'an earlier stay was long enough',
    gate: soak,
    facts: marked([stay(IMAGE, '08:00', '11:10'), stay(OTHER_IMAGE, '11:10')]),
    result: 'pass',
    reason: /3h 10m/,
  },
  {
    name: 'never there',
    gate: soak,
    facts: marked([stay(OTHER_IMAGE, '08:00')]),
    result: 'fail',
    reason: /never been in dev/,
  },
  {
    name: 'a record from the future soaks nothing',
    gate: soak,
    facts: marked([stay(IMAGE, '13:00')]),
    result: 'pending',
    reason: /for 0s/,
    earliest: '2026-03-01T14:30:00Z',
  },
  {
    name: 'a time nobody can read',
    gate: soak,
    facts: marked([{ ...stay(IMAGE, '10:00'), since: 'yesterday' }]),
    result: 'error',
    reason: /cannot be read/,
  },
  {
    name: 'soak without a mark',
    gate: soak,
    facts: marked([stay(IMAGE, '10:00')], []),
    result: 'fail',
    reason: /has not passed/,
  },
])

describe('gate passed, several environments', () => {
  const upstream = ['dev', 'qa'].map((environment) => ({
    environment,
    repository: DEV_REPOSITORY,
    occupancy: [stay(IMAGE, '11:30')],
  }))
  const one = factsWith([verified('pass', markOf('qa'))], { upstream })
  test('all: every one', async () => {
    assert.equal((await judge({ passed: { environment: ['dev', 'qa'] } }, one)).result, 'fail')
    const both = factsWith([verified('pass', markOf('qa')), verified('pass', markOf('dev'))], { upstream })
    assert.equal((await judge({ passed: { environment: ['dev', 'qa'] } }, both)).result, 'pass')
  })
  test('any: one is enough, and waiting for one is waiting', async () => {
    assert.equal((await judge({ passed: { environment: ['dev', 'qa'], mode: 'any' } }, one)).result, 'pass')
    assert.equal(
      (await judge({ passed: { environment: ['dev', 'qa'], mode: 'any', soak: '1h' } }, one)).result,
      'pending',
    )
  })
})

const signed = (id: string, identity?: string) =>
  verified('signature', {}, { ...signer(id), ...(identity && { identity }) })

table('signature', [
  {
    name: 'signed',
    gate: { signature: {} },
    facts: factsWith([signed('release')]),
    result: 'pass',
    reason: /^Signed by release\.$/,
  },
  {
    name: 'not signed',
    gate: { signature: {} },
    facts: factsWith([]),
    result: 'fail',
    reason: /^Not signed; required: 1 distinct signer\.$/,
  },
  {
    name: 'one signer twice is one',
    gate: { signature: { count: 2 } },
    facts: factsWith([signed('release'), signed('release')]),
    result: 'fail',
    reason: /Signed by release; required: 2 distinct signers/,
  },
  {
    name: 'two keys of one identity are one',
    gate: { signature: { count: 2 } },
    facts: factsWith([signed('a', 'x@example.com'), signed('b', 'X@example.com')]),
    result: 'fail',
    reason: /required: 2/,
  },
  {
    name: 'two signers',
    gate: { signature: { count: 2 } },
    facts: factsWith([signed('a'), signed('b')]),
    result: 'pass',
    reason: /Signed by a and b/,
  },
  {
    name: 'only the named signers',
    gate: { signature: { signers: ['release'] } },
    facts: factsWith([signed('ci')]),
    result: 'fail',
    reason: /Not signed; required: 1 distinct signer of release/,
  },
])

const author = verified('provenance', provenanceOf())
const said = (id: string, changes: object = {}, roles: readonly string[] = []) =>
  verified('approval', approvalOf(changes), signer(id, roles))
const two = { approval: { count: 2 } }

table('approval', [
  {
    name: 'approved',
    gate: two,
    facts: factsWith([author, said('erin'), said('finn')]),
    result: 'pass',
    reason: /Approved by erin@example.com and finn@example.com\./,
  },
  {
    name: 'nobody yet',
    gate: { approval: {} },
    facts: factsWith([author]),
    result: 'pending',
    reason: /Approved by nobody, 1 more approval required from anyone the trust policy lets approve/,
  },
  {
    name: 'one missing, who is named',
    gate: two,
    facts: factsWith([author, said('erin')]),
    result: 'pending',
    reason: /Approved by erin@example.com, 1 more approval required/,
  },
  {
    name: 'one person twice counts once',
    gate: two,
    facts: factsWith([author, said('erin'), said('erin', { ticket: '2' })]),
    result: 'pending',
    reason: /1 more approval/,
  },
  {
    name: 'two keys of one person count once',
    gate: two,
    facts: factsWith([
      author,
      said('erin'),
      verified('approval', approvalOf(), { id: 'erin-2', identity: 'ERIN@example.com', roles: [] }),
    ]),
    result: 'pending',
    reason: /1 more approval/,
  },
  {
    name: 'not by the author',
    gate: { approval: {} },
    facts: factsWith([author, said('dana')]),
    result: 'pending',
    reason: /dana@example.com: is the author of the commit/,
  },
  {
    name: 'by the author, where that is allowed',
    gate: { approval: { notAuthor: false } },
    facts: factsWith([said('dana')]),
    result: 'pass',
    reason: /dana/,
  },
  {
    name: 'author unknown: fail closed',
    gate: { approval: {} },
    facts: factsWith([said('erin')]),
    result: 'error',
    reason: /author is not known from signed provenance/,
  },
  {
    name: 'provenance without an author: fail closed',
    gate: { approval: {} },
    facts: factsWith([verified('provenance', provenanceOf({}, '')), said('erin')]),
    result: 'error',
    reason: /author is not known/,
  },
  {
    name: 'a signer without identity may be the author',
    gate: { approval: {} },
    facts: factsWith([
      author,
      verified('approval', approvalOf(), { id: 'k', identity: undefined, roles: [] }),
    ]),
    result: 'pending',
    reason: /k: the trust policy gives this signer no identity/,
  },
  {
    name: 'replayed from another policy',
    gate: { approval: {} },
    facts: factsWith([author, said('erin', { policy: { digest: digestOf('old policy') } })]),
    result: 'pending',
    reason: /given under another policy/,
  },
  {
    name: 'replayed from another environment',
    gate: { approval: {} },
    facts: factsWith([author, said('erin', { environment: 'dev' })]),
    result: 'pending',
    reason: /Approved by nobody/,
  },
  {
    name: 'replayed from another application',
    gate: { approval: {} },
    facts: factsWith([author, said('erin', { application: 'paysvc' })]),
    result: 'pending',
    reason: /Approved by nobody/,
  },
  {
    name: 'expired at this very second',
    gate: { approval: {} },
    facts: factsWith([author, said('erin', { notAfter: '2026-03-01T12:00:00Z' })]),
    result: 'pending',
    reason: /erin@example.com: expired on 2026-03-01T12:00:00Z/,
  },
  {
    name: 'too old',
    gate: { approval: { maxAge: '30m' } },
    facts: factsWith([author, said('erin')]),
    result: 'pending',
    reason: /too old \(2026-03-01T11:00:00Z\)/,
  },
  {
    name: 'postdated',
    gate: { approval: { maxAge: '30m' } },
    facts: factsWith([author, said('erin', { createdOn: '2027-01-01T00:00:00Z' })]),
    result: 'pending',
    reason: /in the future/,
  },
  {
    name: 'the claimed approver decides nothing',
    gate: two,
    facts: factsWith([
      author,
      said('erin', { approver: 'finn@example.com' }),
      said('erin', { approver: 'erin@example.com' }),
    ]),
    result: 'pending',
    reason: /1 more/,
  },
  {
    name: 'role missing',
    gate: { approval: { roles: ['release-manager'] } },
    facts: factsWith([author, said('erin')]),
    result: 'pending',
    reason: /Approved by nobody, 1 more approval required from role release-manager/,
    waitingFor: ['release-manager'],
  },
  {
    name: 'role there',
    gate: { approval: { roles: ['release-manager'] } },
    facts: factsWith([author, said('erin', {}, ['release-manager'])]),
    result: 'pass',
    reason: /erin/,
  },
  {
    name: 'named signers, one to go',
    gate: { approval: { count: 2, signers: ['erin', 'finn'] } },
    facts: factsWith([author, said('erin')]),
    result: 'pending',
    reason: /from signer erin or finn/,
    waitingFor: ['finn'],
  },
  {
    name: 'rejected',
    gate: { approval: {} },
    facts: factsWith([
      author,
      said('erin'),
      said('finn', { decision: 'reject', reason: 'no rollback plan' }),
    ]),
    result: 'fail',
    reason: /Rejected by finn@example.com: "no rollback plan"/,
  },
  {
    name: 'a rejection outlives a change of policy',
    gate: { approval: {} },
    facts: factsWith([
      author,
      said('erin'),
      said('finn', { decision: 'reject', policy: { digest: digestOf('old policy') } }),
    ]),
    result: 'fail',
    reason: /Rejected by finn/,
  },
  {
    name: 'a rejection by somebody who has no say',
    gate: { approval: { signers: ['erin'] } },
    facts: factsWith([author, said('erin'), said('mallory', { decision: 'reject' })]),
    result: 'pass',
    reason: /erin/,
  },
  {
    name: 'the later word of one person counts',
    gate: { approval: {} },
    facts: factsWith([
      author,
      said('erin', { decision: 'reject' }),
      said('erin', { createdOn: '2026-03-01T11:30:00Z' }),
    ]),
    result: 'pass',
    reason: /erin/,
  },
  {
    name: 'an old approval cannot be replayed over a rejection',
    gate: { approval: {} },
    facts: factsWith([
      author,
      said('erin', { decision: 'reject', createdOn: '2026-03-01T11:30:00Z' }),
      said('erin'),
    ]),
    result: 'fail',
    reason: /Rejected by erin/,
  },
  {
    name: 'at the same second the rejection stands',
    gate: { approval: {} },
    facts: factsWith([author, said('erin'), said('erin', { decision: 'reject' })]),
    result: 'fail',
    reason: /Rejected/,
  },
  {
    name: 'one that cannot be read',
    gate: { approval: {} },
    facts: factsWith([author, said('finn'), verified('approval', { decision: 'maybe' }, signer('erin'))]),
    result: 'error',
    reason: /1 signed approval cannot be read/,
  },
])
