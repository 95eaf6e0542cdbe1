import { approvalOptions, judgeApproval } from './gates/approval.ts'
import { attestedOptions, judgeAttested } from './gates/attested.ts'
import { baseImageNeeds, baseImageOptions, judgeBaseImage } from './gates/base-image.ts'
import { canaryNeeds, canaryOptions, judgeCanary } from './gates/canary.ts'
import { celNeeds, celOptions, judgeCel } from './gates/cel.ts'
import { coverageNeeds, coverageOptions, judgeCoverage } from './gates/coverage.ts'
import { freezeOptions, judgeFreeze } from './gates/freeze.ts'
import { holdOptions, judgeHold } from './gates/hold.ts'
import { judgeLabels, labelsNeeds, labelsOptions } from './gates/labels.ts'
import { judgeLicences, licencesOptions } from './gates/licences.ts'
import { judgeMisconfiguration, misconfigurationOptions } from './gates/misconfiguration.ts'
import { judgePassed, passedNeeds, passedOptions } from './gates/passed.ts'
import { judgePlatforms, platformsNeeds, platformsOptions } from './gates/platforms.ts'
import { judgeProvenance, provenanceOptions } from './gates/provenance.ts'
import { judgeQuality, qualityOptions } from './gates/quality.ts'
import { judgeQuarantine, quarantineOptions } from './gates/quarantine.ts'
import { judgeSast, sastOptions } from './gates/sast.ts'
import { judgeSbom, sbomOptions } from './gates/sbom.ts'
import { judgeSecrets, secretsOptions } from './gates/secrets.ts'
import { judgeSignature, signatureOptions } from './gates/signature.ts'
import { judgeSize, sizeNeeds, sizeOptions } from './gates/size.ts'
import { judgeStructure, structureOptions } from './gates/structure.ts'
import { judgeTests, testsOptions } from './gates/tests.ts'
import { judgeTicket, ticketNeeds, ticketOptions } from './gates/ticket.ts'
import {
  judgeVulnerabilities,
  vulnerabilitiesNeeds,
  vulnerabilitiesOptions,
} from './gates/vulnerabilities.ts'
import { judgeWindow, windowOptions } from './gates/window.ts'

/** Every gate there is: what it may be told in a file, what it must be told to judge, and how it judges. */
export const gates = {
  // Where it comes from.
  provenance: { options: provenanceOptions, judge: judgeProvenance },
  signature: { options: signatureOptions, judge: judgeSignature },
  // What tools said of its source and of itself.
  tests: { options: testsOptions, judge: judgeTests },
  coverage: { options: coverageOptions, judge: judgeCoverage, needs: coverageNeeds },
  quality: { options: qualityOptions, judge: judgeQuality },
  secrets: { options: secretsOptions, judge: judgeSecrets },
  misconfiguration: { options: misconfigurationOptions, judge: judgeMisconfiguration },
  sast: { options: sastOptions, judge: judgeSast },
  structure: { options: structureOptions, judge: judgeStructure },
  vulnerabilities: {
    options: vulnerabilitiesOptions,
    judge: judgeVulnerabilities,
    needs: vulnerabilitiesNeeds,
  },
  // What it is.
  sbom: { options: sbomOptions, judge: judgeSbom },
  licences: { options: licencesOptions, judge: judgeLicences },
  baseImage: { options: baseImageOptions, judge: judgeBaseImage, needs: baseImageNeeds },
  platforms: { options: platformsOptions, judge: judgePlatforms, needs: platformsNeeds },
  size: { options: sizeOptions, judge: judgeSize, needs: sizeNeeds },
  labels: { options: labelsOptions, judge: judgeLabels, needs: labelsNeeds },
  // Where it has been.
  passed: { options: passedOptions, judge: judgePassed, needs: passedNeeds },
  canary: { options: canaryOptions, judge: judgeCanary, needs: canaryNeeds },
  // Who agreed, and when it may go.
  approval: { options: approvalOptions, judge: judgeApproval },
  ticket: { options: ticketOptions, judge: judgeTicket, needs: ticketNeeds },
  window: { options: windowOptions, judge: judgeWindow },
  freeze: { options: freezeOptions, judge: judgeFreeze },
  hold: { options: holdOptions, judge: judgeHold },
  quarantine: { options: quarantineOptions, judge: judgeQuarantine },
  // Anything else.
  attested: { options: attestedOptions, judge: judgeAttested },
  cel: { options: celOptions, judge: judgeCel, needs: celNeeds },
} as const
