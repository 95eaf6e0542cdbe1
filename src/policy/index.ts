export { withStops } from './always.ts'
export { barredNow } from './barred.ts'
export { forced, forcedBy } from './break-glass.ts'
export { evaluate } from './evaluate.ts'
export type {
  Barred,
  BarredByRecords,
  Facts,
  ImageDetails,
  Occupancy,
  PlatformFacts,
  TargetFacts,
  TicketFacts,
  UpstreamFacts,
} from './facts.ts'
export { holdInForce, holdsOf, holdText } from './holds.ts'
export type { HoldFact } from './holds.ts'
export { CLOCK_SKEW } from './judgement.ts'
export { imageGates } from './image-gates.ts'
export { needsOf } from './needs.ts'
export { isTicket, ticketsNamed } from './tickets.ts'
export type { Needs, TicketQuestion } from './gate-needs.ts'
export { policyDigest } from './policy-digest.ts'
export { duration, gatesSchema } from './schema.ts'
export type { Exceptions, Gate } from './schema.ts'
export { stillAdmitted } from './still-admitted.ts'
export type { Entry, StandingVerdict } from './still-admitted.ts'
export { allow, combine } from './verdict.ts'
export type { AllowingVerdict, GateFinding, GateVerdict, Verdict } from './verdict.ts'
export { NEVER_WAIVED } from './waivable.ts'
export { readWaivers } from './waivers.ts'
export type { ReadWaiver, WaiverScene } from './waivers.ts'
