import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Signer, VerifiedStatement } from '../../attestation/index.ts'
import { flawOfGate, gateTable } from '../../../test/support/gate-table.ts'
import { approvalOf, factsWith, provenanceOf, signer, verified } from '../../../test/support/policy-facts.ts'
import { openPlaces } from '../quorum.ts'

const author = verified('provenance', provenanceOf())
const said = (id: string, changes: object = {}, roles: readonly string[] = [], provenOn?: string) => ({
  ...verified('approval', approvalOf(changes), signer(id, roles)),
  provenOn,
})
const by = (...given: readonly VerifiedStatement[]) => factsWith([author, ...given])

const quorum = { approval: { roles: { 'release-manager': 1, security: 1 } } }
const both = ['release-manager', 'security']

gateTable('approval', {
  'one of each role': {
    gate: quorum,
    facts: by(said('erin', {}, ['release-manager']), said('finn', {}, ['security'])),
    result: 'pass',
    reason: /^Approved by erin@example.com and finn@example.com\.$/,
  },
  'one role is missing, and is named': {
    gate: quorum,
    facts: by(said('erin', {}, ['release-manager']), said('gwen', {}, ['release-manager'])),
    result: 'pending',
    reason: /1 more approval required from role security\.$/,
    waitingFor: ['security'],
  },
  'nobody stands for two roles': {
    gate: quorum,
    facts: by(said('erin', {}, both)),
    result: 'pending',
    reason: /Approved by erin@example.com, 1 more approval required from role release-manager or security\.$/,
    waitingFor: ['release-manager', 'security'],
  },
  'somebody with two roles stands where they are needed': {
    gate: quorum,
    facts: by(said('erin', {}, both), said('finn', {}, ['release-manager'])),
    result: 'pass',
    reason: /erin/,
  },
  'more people than places when the count says so': {
    gate: { approval: { count: 3, roles: { security: 1 } } },
    facts: by(said('erin', {}, ['security']), said('finn', {}, ['security'])),
    result: 'pending',
    reason: /1 more approval/,
    waitingFor: ['security'],
  },
  'a role that is not asked for has no say': {
    gate: quorum,
    facts: by(said('hugo', { decision: 'reject' }, ['developer'])),
    result: 'pending',
    reason: /Approved by nobody, 2 more approvals required from role release-manager or security/,
    waitingFor: ['release-manager', 'security'],
  },
  'two keys of one person are not two people': {
    gate: quorum,
    facts: by(
      said('erin', {}, ['release-manager']),
      verified('approval', approvalOf({ createdOn: '2026-03-01T11:30:00Z' }), {
        id: 'erin-2',
        identity: 'ERIN@example.com',
        roles: ['security'],
      }),
    ),
    result: 'pending',
    reason: /1 more approval/,
  },
  'the author, however provenance writes them': {
    gate: { approval: {} },
    facts: factsWith([
      verified('provenance', provenanceOf({}, 'Erin E. <Erin@example.com>')),
      verified('provenance', provenanceOf({}, undefined)),
      said('erin'),
    ]),
    result: 'pending',
    reason: /not counted: erin@example.com: is the author of the commit/,
  },
  'not who asked for it': {
    gate: { approval: { notRequester: true } },
    facts: { ...by(said('erin')), requestedBy: 'Erin E. <erin@example.com>' },
    result: 'pending',
    reason: /erin@example.com: asked for the promotion; who asked is a claim/,
  },
  'not who asked for it, by the name before the @': {
    gate: { approval: { notRequester: true } },
    facts: { ...by(said('key-7'), { ...said('erin') }), requestedBy: ' ERIN ' },
    result: 'pass',
    reason: /Approved by key-7@example.com; not counted: erin@example.com: asked/,
  },
  'who asked is not known: nobody can be told from them': {
    gate: { approval: { notRequester: true } },
    facts: by(said('erin')),
    result: 'error',
    reason: /Nobody is named as who asks/,
  },
  'not who started the build': {
    gate: { approval: { notAuthor: false } },
    facts: factsWith([verified('provenance', githubOf({ actor: 'erin' })), said('erin')]),
    result: 'pending',
    reason: /erin@example.com: started the build/,
  },
  'who started the build, where that is allowed': {
    gate: { approval: { notAuthor: false, notActor: false } },
    facts: factsWith([verified('provenance', githubOf({ actor: 'erin' })), said('erin')]),
    result: 'pass',
    reason: /erin/,
  },
  'too old by its proven time': {
    gate: { approval: { maxAge: '30m' } },
    facts: by(said('erin', { createdOn: '2026-03-01T11:29:00Z' }, [], '2026-03-01T11:29:01Z')),
    result: 'pending',
    reason: /too old \(2026-03-01T11:29:00Z\): it is 31m old, required/,
  },
  'a new timestamp makes an old approval no younger': {
    gate: { approval: { maxAge: '30m' } },
    facts: by(said('erin', {}, [], '2026-03-01T11:59:00Z')),
    result: 'pending',
    reason: /too old/,
  },
  'one that existed before it says it was made': {
    gate: { approval: { maxAge: '30m' } },
    facts: by(said('erin', { createdOn: '2026-03-01T11:50:00Z' }, [], '2026-03-01T09:00:00Z')),
    result: 'pending',
    reason: /dated 2026-03-01T11:50:00Z, but it existed on 2026-03-01T09:00:00Z/,
  },
  'no proven time where one is required': {
    gate: { approval: { trustedTime: true } },
    facts: by(said('erin')),
    result: 'pending',
    reason: /no timestamp authority or log proves its time/,
  },
  'with proven time': {
    gate: { approval: { trustedTime: true, maxAge: '2h' } },
    facts: by(said('erin', {}, [], '2026-03-01T11:00:03Z')),
    result: 'pass',
    reason: /erin/,
  },
})

describe('approval, as it is written', () => {
  for (const [approval, message] of [
    [{ roles: {} }, /at least one role/],
    [{ roles: { security: 0 } }, /./],
    [{ roles: { security: 1.5 } }, /./],
    [{ roles: [] }, /./],
    [{ notRequestor: true }, /notRequestor/],
  ] as const)
    test(JSON.stringify(approval), async () => assert.match(await flawOfGate({ approval }), message))
})

describe('quorum', () => {
  const roles = ['a', 'b', 'c']
  const candidate = fc.record({
    roles: fc.uniqueArray(fc.constantFrom(...roles), { maxLength: 3 }),
  })
  const places = fc.dictionary(fc.constantFrom(...roles), fc.integer({ min: 1, max: 2 }), { minKeys: 1 })

  test('leaves as few places open as trying every order does', () => {
    fc.assert(
      fc.property(places, fc.array(candidate, { maxLength: 5 }), (quorum, candidates) => {
        const open = openPlaces(quorum, candidates)
        const wanted = Object.entries(quorum).flatMap(([role, count]) =>
          Array.from({ length: count }, () => role),
        )
        assert.equal(open, fewestOpen(wanted, candidates))
      }),
      { numRuns: 500 },
    )
  })
})

/** By trying everything: the first place goes to each who could have it in turn, or to nobody. */
function fewestOpen(places: readonly string[], candidates: readonly Pick<Signer, 'roles'>[]): number {
  const [place, ...rest] = places
  if (place === undefined) return 0
  const tries = candidates.flatMap((one, index) =>
    one.roles.includes(place) ? [fewestOpen(rest, candidates.toSpliced(index, 1))] : [],
  )
  return Math.min(1 + fewestOpen(rest, candidates), ...tries)
}

function githubOf(github: object) {
  const repository = 'https://github.com/contoso/ordersvc'
  return {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: {
        workflow: { ref: 'refs/heads/dev', repository, path: '.github/workflows/ci.yml' },
      },
      internalParameters: { github: { event_name: 'push', ...github } },
      resolvedDependencies: [
        { uri: `git+${repository}@refs/heads/dev`, digest: { gitCommit: 'c'.repeat(40) } },
      ],
    },
    runDetails: {
      builder: { id: 'https://github.com/contoso/ordersvc/.github/workflows/ci.yml@refs/heads/dev' },
    },
  }
}
