export type { Facts, Occupancy, UpstreamFacts } from './facts.ts'
export { allow, combine } from './verdict.ts'
export type { AllowingVerdict, GateVerdict, Verdict } from './verdict.ts'
