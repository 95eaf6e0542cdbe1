import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { evaluate, gatesSchema } from '../../src/policy/index.ts'
import type { Facts, GateVerdict } from '../../src/policy/index.ts'

/** One judgement of one gate, by its name. */
export interface GateCase {
  readonly gate: object
  readonly facts: Facts
  readonly result: GateVerdict['result']
  readonly reason: RegExp
  readonly earliest?: string
  readonly waitingFor?: readonly string[]
}

/** One gate as a file has it, judged. */
export async function judgeGate(gate: object, facts: Facts): Promise<GateVerdict> {
  const [verdict] = (await evaluate(await gatesSchema.parseAsync([gate]), facts)).gates
  assert.ok(verdict)
  return verdict
}

/** What is wrong with a gate as a file has it. */
export async function flawOfGate(gate: object): Promise<string> {
  const read = await gatesSchema.safeParseAsync([gate])
  assert.equal(read.success, false, `${JSON.stringify(gate)} should be refused`)
  return JSON.stringify(read.error?.issues)
}

export function gateTable(kind: string, cases: Readonly<Record<string, GateCase>>): void {
  describe(`gate ${kind}`, () => {
    for (const [name, one] of Object.entries(cases))
      test(name, async () => {
        const verdict = await judgeGate(one.gate, one.facts)
        assert.match(verdict.reason, one.reason)
        assert.equal(verdict.result, one.result, verdict.reason)
        assert.equal(verdict.gate, kind)
        assert.equal(verdict.earliest, one.earliest)
        if (one.waitingFor) assert.deepEqual(verdict.waitingFor, one.waitingFor)
        assert.ok(verdict.evidence.every((payload) => isKnown(payload, one.facts)))
      })
  })
}

function isKnown(payload: string, { evidence, upstream, standing }: Facts): boolean {
  return (
    [...evidence.valid, ...standing].some((entry) => entry.payload === payload) ||
    upstream.some(({ occupancy }) => occupancy.some(({ record }) => record === payload))
  )
}
