import { approvalOptions, judgeApproval } from './gates/approval.ts'
import { attestedOptions, judgeAttested } from './gates/attested.ts'
import { canaryNeeds, canaryOptions, judgeCanary } from './gates/canary.ts'
import { celNeeds, celOptions, judgeCel } from './gates/cel.ts'
import { freezeOptions, judgeFreeze } from './gates/freeze.ts'
import { judgePassed, passedNeeds, passedOptions } from './gates/passed.ts'
import { judgeProvenance, provenanceOptions } from './gates/provenance.ts'
import { judgeSignature, signatureOptions } from './gates/signature.ts'
import { judgeTests, testsOptions } from './gates/tests.ts'
import { judgeTicket, ticketNeeds, ticketOptions } from './gates/ticket.ts'
import { judgeWindow, windowOptions } from './gates/window.ts'

/** Every gate there is: what it may be told in a file, what it must be told to judge, and how it judges. */
export const gates = {
  provenance: { options: provenanceOptions, judge: judgeProvenance },
  tests: { options: testsOptions, judge: judgeTests },
  passed: { options: passedOptions, judge: judgePassed, needs: passedNeeds },
  signature: { options: signatureOptions, judge: judgeSignature },
  approval: { options: approvalOptions, judge: judgeApproval },
  canary: { options: canaryOptions, judge: judgeCanary, needs: canaryNeeds },
  attested: { options: attestedOptions, judge: judgeAttested },
  window: { options: windowOptions, judge: judgeWindow },
  freeze: { options: freezeOptions, judge: judgeFreeze },
  ticket: { options: ticketOptions, judge: judgeTicket, needs: ticketNeeds },
  cel: { options: celOptions, judge: judgeCel, needs: celNeeds },
} as const
