export { evaluate } from './evaluate.ts'
export type {
  Facts,
  ImageDetails,
  Occupancy,
  PlatformFacts,
  TargetFacts,
  TicketFacts,
  UpstreamFacts,
} from './facts.ts'
export { needsOf } from './needs.ts'
export { isTicket, ticketsNamed } from './tickets.ts'
export type { Needs, TicketQuestion } from './gate-needs.ts'
export { policyDigest } from './policy-digest.ts'
export { duration, gatesSchema } from './schema.ts'
export type { Gate } from './schema.ts'
export { allow, combine } from './verdict.ts'
export type { AllowingVerdict, GateFinding, GateVerdict, Verdict } from './verdict.ts'
