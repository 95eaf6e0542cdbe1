import { approvalOptions, judgeApproval } from './gates/approval.ts'
import { celOptions, judgeCel } from './gates/cel.ts'
import { holdOptions, judgeHold } from './gates/hold.ts'
import { judgePassed, passedNeeds, passedOptions } from './gates/passed.ts'
import { judgeProvenance, provenanceOptions } from './gates/provenance.ts'
import { judgeQuarantine, quarantineOptions } from './gates/quarantine.ts'
import { judgeSignature, signatureOptions } from './gates/signature.ts'
import { judgeTests, testsOptions } from './gates/tests.ts'

/** Every gate there is: what it may be told in a file, what it must be told to judge, and how it judges. */
export const gates = {
  provenance: { options: provenanceOptions, judge: judgeProvenance },
  tests: { options: testsOptions, judge: judgeTests },
  passed: { options: passedOptions, judge: judgePassed, needs: passedNeeds },
  signature: { options: signatureOptions, judge: judgeSignature },
  approval: { options: approvalOptions, judge: judgeApproval },
  hold: { options: holdOptions, judge: judgeHold },
  quarantine: { options: quarantineOptions, judge: judgeQuarantine },
  cel: { options: celOptions, judge: judgeCel },
} as const
