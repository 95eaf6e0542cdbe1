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

/**
 * Every gate there is: what it may be told in a file, what it must be told to judge, and how it judges. `asks` about the
 * image and what is signed about it, which a build can answer before anything is pushed; or about its entry into this
 * place: where it has been, who agreed, when it may go, what people have stopped.
 */
export const gates = {
  // Where it comes from.
  provenance: { asks: 'image', options: provenanceOptions, judge: judgeProvenance },
  signature: { asks: 'image', options: signatureOptions, judge: judgeSignature },
  // What tools said of its source and of itself.
  tests: { asks: 'image', options: testsOptions, judge: judgeTests },
  coverage: { asks: 'image', options: coverageOptions, judge: judgeCoverage, needs: coverageNeeds },
  quality: { asks: 'image', options: qualityOptions, judge: judgeQuality },
  secrets: { asks: 'image', options: secretsOptions, judge: judgeSecrets },
  misconfiguration: { asks: 'image', options: misconfigurationOptions, judge: judgeMisconfiguration },
  sast: { asks: 'image', options: sastOptions, judge: judgeSast },
  structure: { asks: 'image', options: structureOptions, judge: judgeStructure },
  vulnerabilities: {
    asks: 'image',
    options: vulnerabilitiesOptions,
    judge: judgeVulnerabilities,
    needs: vulnerabilitiesNeeds,
  },
  // What it is.
  sbom: { asks: 'image', options: sbomOptions, judge: judgeSbom },
  licences: { asks: 'image', options: licencesOptions, judge: judgeLicences },
  baseImage: { asks: 'image', options: baseImageOptions, judge: judgeBaseImage, needs: baseImageNeeds },
  platforms: { asks: 'image', options: platformsOptions, judge: judgePlatforms, needs: platformsNeeds },
  size: { asks: 'image', options: sizeOptions, judge: judgeSize, needs: sizeNeeds },
  labels: { asks: 'image', options: labelsOptions, judge: judgeLabels, needs: labelsNeeds },
  // Where it has been.
  passed: { asks: 'entry', options: passedOptions, judge: judgePassed, needs: passedNeeds },
  canary: { asks: 'entry', options: canaryOptions, judge: judgeCanary, needs: canaryNeeds },
  // Who agreed, and when it may go.
  approval: { asks: 'entry', options: approvalOptions, judge: judgeApproval },
  ticket: { asks: 'entry', options: ticketOptions, judge: judgeTicket, needs: ticketNeeds },
  window: { asks: 'entry', options: windowOptions, judge: judgeWindow },
  freeze: { asks: 'entry', options: freezeOptions, judge: judgeFreeze },
  hold: { asks: 'entry', options: holdOptions, judge: judgeHold },
  quarantine: { asks: 'entry', options: quarantineOptions, judge: judgeQuarantine },
  // Anything else.
  attested: { asks: 'image', options: attestedOptions, judge: judgeAttested },
  cel: { asks: 'image', options: celOptions, judge: judgeCel, needs: celNeeds },
} as const
