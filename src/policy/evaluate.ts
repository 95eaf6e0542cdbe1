import { printableLine } from '../base/index.ts'
import type { Facts } from './facts.ts'
import { gates } from './gates.ts'
import type { Judgement } from './judgement.ts'
import { unclear } from './judgement.ts'
import type { Gate } from './schema.ts'
import { combine } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { waiveGate } from './waive-gate.ts'

/** Judges every gate, in order, so that one run names every reason, and applies waivers of whole gates. No gates: pass. */
export async function evaluate(given: readonly Gate[], facts: Facts): Promise<Verdict> {
  return combine(
    await Promise.all(
      given.map(async (gate) => waiveGate({ gate: gate.kind, ...(await judge(gate, facts)) }, facts)),
    ),
  )
}

// A gate that breaks could not tell; it neither stops the others nor lets anything in.
async function judge(gate: Gate, facts: Facts): Promise<Judgement> {
  try {
    // The table pairs each kind with its own options; TypeScript cannot follow that through the lookup.
    const own = gates[gate.kind].judge as (options: Gate, facts: Facts) => Judgement | Promise<Judgement>
    return await own(gate, facts)
  } catch (error) {
    return unclear(
      `The gate broke: ${printableLine(error instanceof Error ? error.message : String(error))}.`,
    )
  }
}
