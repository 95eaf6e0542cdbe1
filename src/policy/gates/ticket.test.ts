import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { flawOfGate, gateTable, judgeGate } from '../../../test/support/gate-table.ts'
import { approvalOf, factsWith, signer, verified } from '../../../test/support/policy-facts.ts'
import { digestOf } from '../../oci/index.ts'
import type { TicketFacts } from '../index.ts'

const URL = 'https://snow.example.com/api/change/{ticket}'
const options = { url: URL, field: 'result.state', states: ['approved', 'implement'] }
const gate = { ticket: options }

/** What the system says about CHG1, which was named on the command line. */
function told(answer: unknown, changes: object = {}) {
  const facts = { ticket: 'CHG1', source: URL, answer }
  return factsWith([], { ticket: 'CHG1', tickets: [facts], ...changes })
}

const approved = (ticket: string, changes: object = {}, who = 'erin') =>
  verified('approval', approvalOf({ ticket, ...changes }), signer(who))
const answered = (ticket: string, state: string): TicketFacts => ({
  ticket,
  source: URL,
  answer: { result: { state } },
})

const timed = { ticket: { ...options, window: { from: 'result.start', to: 'result.end' } } }
const at = (start: string, end: string) => told({ result: { state: 'approved', start, end } })

gateTable('ticket', {
  approved: {
    gate,
    facts: told({ result: { state: 'approved' } }),
    result: 'pass',
    reason: /^The ticket CHG1 is "approved"\.$/,
  },
  'a number as state': {
    gate: { ticket: { ...options, states: ['-1'] } },
    facts: told({ result: { state: -1 } }),
    result: 'pass',
    reason: /"-1"/,
  },
  'in a list': {
    gate: { ticket: { ...options, field: 'result.0.state' } },
    facts: told({ result: [{ state: 'approved' }] }),
    result: 'pass',
    reason: /approved/,
  },
  'another state': {
    gate,
    facts: told({ result: { state: 'cancelled' } }),
    result: 'fail',
    reason: /is "cancelled", required: approved and implement/,
  },
  'another spelling is another state': {
    gate,
    facts: told({ result: { state: 'Approved' } }),
    result: 'fail',
    reason: /"Approved"/,
  },
  'a state that is waited for': {
    gate: { ticket: { ...options, waiting: ['assess'] } },
    facts: told({ result: { state: 'assess' } }),
    result: 'pending',
    reason: /is "assess", required/,
  },
  'no such ticket': {
    gate,
    facts: factsWith([], { ticket: 'CHG1', tickets: [{ ticket: 'CHG1', source: URL, absent: true }] }),
    result: 'fail',
    reason: /^There is no ticket CHG1\.$/,
  },
  'no answer': {
    gate,
    facts: factsWith([], {
      ticket: 'CHG1',
      tickets: [{ ticket: 'CHG1', source: URL, problem: 'snow.example.com answered 503' }],
    }),
    result: 'error',
    reason: /could not be read: snow.example.com answered 503/,
  },
  'nobody asked': {
    gate,
    facts: factsWith([], { ticket: 'CHG1' }),
    result: 'error',
    reason: /Nothing was asked/,
  },
  'the answer of another system': {
    gate,
    facts: factsWith([], {
      ticket: 'CHG1',
      tickets: [
        {
          ticket: 'CHG1',
          source: 'https://other.example.com/{ticket}',
          answer: { result: { state: 'approved' } },
        },
      ],
    }),
    result: 'error',
    reason: /Nothing was asked/,
  },
  'no such field': {
    gate,
    facts: told({ state: 'approved' }),
    result: 'error',
    reason: /has no "result.state"/,
  },
  'a field that every object has': {
    gate: { ticket: { ...options, field: 'result.constructor.name', states: ['Object'] } },
    facts: told({ result: {} }),
    result: 'error',
    reason: /has no/,
  },
  'no ticket is named': { gate, facts: factsWith([]), result: 'pending', reason: /No ticket is named/ },
  'named by an approval': {
    gate,
    facts: factsWith([approved('CHG2')], { tickets: [answered('CHG2', 'approved')] }),
    result: 'pass',
    reason: /CHG2/,
  },
  'named by approvals, and one of them is not approved': {
    gate,
    facts: factsWith([approved('CHG2'), approved('CHG3', {}, 'finn')], {
      tickets: [answered('CHG2', 'approved'), answered('CHG3', 'new')],
    }),
    result: 'fail',
    reason: /CHG3 is "new"/,
  },
  'an approval of another policy, environment, or one that ended names nothing': {
    gate,
    facts: factsWith([
      approved('CHG2', { policy: { digest: digestOf('old') } }),
      approved('CHG3', { environment: 'dev' }, 'finn'),
      approved('CHG4', { notAfter: '2026-03-01T11:30:00Z' }, 'gwen'),
      approved('CHG5', { decision: 'reject' }, 'hugo'),
    ]),
    result: 'pending',
    reason: /No ticket is named/,
  },
  'an approval that was taken back names nothing': {
    gate,
    facts: factsWith([
      approved('CHG2'),
      approved('CHG2', { decision: 'reject', createdOn: '2026-03-01T11:30:00Z' }),
    ]),
    result: 'pending',
    reason: /No ticket is named/,
  },
  'by approvals only': {
    gate: { ticket: { ...options, approved: true } },
    facts: told({ result: { state: 'approved' } }),
    result: 'pending',
    reason: /No approval names the ticket "CHG1"|No ticket is named/,
  },
  'the command cannot pass over a ticket that an approver named': {
    gate: { ticket: { ...options, approved: true } },
    facts: factsWith([approved('CHG2'), approved('CHG3', {}, 'finn')], {
      ticket: 'CHG2',
      tickets: [answered('CHG2', 'approved'), answered('CHG3', 'new')],
    }),
    result: 'fail',
    reason: /CHG3 is "new"/,
  },
  'for this application and environment': {
    gate: {
      ticket: { ...options, match: { 'result.app': '{application}', 'result.env': 'env-{environment}' } },
    },
    facts: told({ result: { state: 'approved', app: 'ordersvc', env: 'env-staging' } }),
    result: 'pass',
    reason: /approved/,
  },
  'for another application': {
    gate: { ticket: { ...options, match: { 'result.app': '{application}' } } },
    facts: told({ result: { state: 'approved', app: 'paysvc' } }),
    result: 'fail',
    reason: /is for another: result.app is "paysvc", required: "ordersvc"/,
  },
  'it does not say for which application': {
    gate: { ticket: { ...options, match: { 'result.app': '{application}' } } },
    facts: told({ result: { state: 'approved' } }),
    result: 'error',
    reason: /has no "result.app"/,
  },
  'in its planned time': {
    gate: timed,
    facts: at('2026-03-01T11:00:00Z', '2026-03-01 13:00:00'),
    result: 'pass',
    reason: /approved/,
  },
  'before its planned time': {
    gate: timed,
    facts: at('2026-03-01T14:00:00+01:00', '2026-03-01T15:00:00Z'),
    result: 'pending',
    reason: /begins on 2026-03-01T13:00:00Z/,
    earliest: '2026-03-01T13:00:00Z',
  },
  'after its planned time': {
    gate: timed,
    facts: at('2026-03-01T08:00:00Z', '2026-03-01T12:00:00Z'),
    result: 'fail',
    reason: /ended on 2026-03-01T12:00:00Z/,
  },
  'a planned time that cannot be read': {
    gate: timed,
    facts: at('1 March', '2026-03-01T15:00:00Z'),
    result: 'error',
    reason: /no time that can be read in "result.start"/,
  },
  'a name that is none': {
    gate,
    facts: factsWith([], { ticket: '../admin' }),
    result: 'error',
    reason: /"\.\.\/admin" is no ticket/,
  },
  'untrusted text is made harmless': {
    gate,
    facts: told({ result: { state: '\u001b[31m##vso[x]' } }),
    result: 'fail',
    reason: /^[^\p{Cc}]*$/u,
  },
})

describe('ticket, as it is written', () => {
  const flaws: readonly (readonly [object, RegExp])[] = [
    [{ url: 'http://snow.example.com/{ticket}' }, /expected https/],
    [{ url: 'https://{ticket}.example.com/' }, /in the host/],
    [{ url: 'https://{ticket}@snow.example.com/{ticket}' }, /without user name/],
    [{ url: 'https://snow.example.com:{ticket}/' }, /./],
    [{ url: 'https://u:hunter2@snow.example.com/{ticket}' }, /without user name/],
    [{ url: 'https://snow.example.com/' }, /no \{ticket\}/],
    [{ url: 'https://snow.example.com/#{ticket}' }, /no \{ticket\}/],
    [{ url: 'file:///{ticket}' }, /expected https/],
    [{ url: '{ticket}' }, /expected an address/],
    [{ token: 'hunter2' }, /expected env:\/\/NAME/],
    [{ states: [] }, /./],
    [{ states: undefined }, /./],
    [{ match: { app: '{aplication}' } }, /found \{aplication\}/],
    [{ field: 'a..b' }, /expected a path/],
    [{ redirects: 3 }, /redirects/],
  ]
  for (const [change, message] of flaws)
    test(JSON.stringify(change), async () => {
      const flaw = await flawOfGate({ ticket: { ...options, ...change } })
      assert.match(flaw, message)
      assert.doesNotMatch(flaw, /hunter2/)
    })

  test('plain http to this machine is for tests and tunnels', async () => {
    const verdict = await judgeGate(
      { ticket: { ...options, url: 'http://127.0.0.1:8080/{ticket}' } },
      factsWith([]),
    )
    assert.equal(verdict.result, 'pending')
  })
})

test('whatever a system answers, only the right state in the right place passes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (answer) => {
      const verdict = await judgeGate(gate, told(answer))
      const state = (answer as { result?: { state?: unknown } } | null)?.result?.state
      assert.equal(verdict.result === 'pass', state === 'approved' || state === 'implement')
    }),
  )
})
