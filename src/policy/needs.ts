import type { GateNeeds, Needs } from './gate-needs.ts'
import { gates } from './gates.ts'
import type { Gate } from './schema.ts'

/** What all of these gates need together. */
export function needsOf(given: readonly Gate[]): Needs {
  const all = given.map(gateNeeds)
  const upstream = all.flatMap((need) => need.upstream ?? [])
  const names = [...new Set(upstream.map((entry) => entry.environment))]
  return {
    upstream: names.map((environment) => ({
      environment,
      occupancy: upstream.some((entry) => entry.environment === environment && entry.occupancy),
    })),
    details: all.some((need) => need.details),
    target: {
      evidence: all.some((need) => need.target?.evidence),
      details: all.some((need) => need.target?.details),
    },
    tickets: all.flatMap((need) => need.tickets ?? []),
  }
}

function gateNeeds(gate: Gate): GateNeeds {
  const entry = gates[gate.kind] as { readonly needs?: (options: never) => GateNeeds }
  return entry.needs?.(gate as never) ?? {}
}
