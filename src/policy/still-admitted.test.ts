import assert from 'node:assert/strict'
import { it } from 'node:test'
import { approvalOf, factsWith, NOW, signer, verified } from '../../test/support/policy-facts.ts'
import { gatesSchema } from './schema.ts'
import { stillAdmitted } from './still-admitted.ts'

const gates = gatesSchema.parse([{ approval: { count: 1, notAuthor: false } }])

async function resultFor(createdOn: string) {
  const facts = factsWith([verified('approval', approvalOf({ createdOn }), signer('rita'))])
  const entry = { on: NOW, policyDigest: facts.policyDigest }
  return (await stillAdmitted(gates, facts, entry)).verdict.result
}

it('an approval of the second in which a record was finished was there before it: records keep whole seconds', async () => {
  assert.equal(await resultFor('2026-03-01T12:00:00.950Z'), 'pass')
})

it('one of the next second was given since, for another promotion', async () => {
  assert.equal(await resultFor('2026-03-01T12:00:01.000Z'), 'pending')
})
