import { approvalOptions, judgeApproval } from './gates/approval.ts'
import { baseImageNeeds, baseImageOptions, judgeBaseImage } from './gates/base-image.ts'
import { celOptions, judgeCel } from './gates/cel.ts'
import { judgeLabels, labelsNeeds, labelsOptions } from './gates/labels.ts'
import { judgeLicences, licencesOptions } from './gates/licences.ts'
import { judgeSbom, sbomOptions } from './gates/sbom.ts'
import { coverageNeeds, coverageOptions, judgeCoverage } from './gates/coverage.ts'
import { judgeMisconfiguration, misconfigurationOptions } from './gates/misconfiguration.ts'
import { judgePassed, passedNeeds, passedOptions } from './gates/passed.ts'
import { judgePlatforms, platformsNeeds, platformsOptions } from './gates/platforms.ts'
import { judgeProvenance, provenanceOptions } from './gates/provenance.ts'
import { judgeQuality, qualityOptions } from './gates/quality.ts'
import { judgeSast, sastOptions } from './gates/sast.ts'
import { judgeSecrets, secretsOptions } from './gates/secrets.ts'
import { holdOptions, judgeHold } from './gates/hold.ts'
import { judgeQuarantine, quarantineOptions } from './gates/quarantine.ts'
import { judgeSignature, signatureOptions } from './gates/signature.ts'
import { judgeStructure, structureOptions } from './gates/structure.ts'
import { judgeSize, sizeNeeds, sizeOptions } from './gates/size.ts'
import { judgeTests, testsOptions } from './gates/tests.ts'
import {
  judgeVulnerabilities,
  vulnerabilitiesNeeds,
  vulnerabilitiesOptions,
} from './gates/vulnerabilities.ts'

/** Every gate there is: what it may be told in a file, what it must be told to judge, and how it judges. */
export const gates = {
  provenance: { options: provenanceOptions, judge: judgeProvenance },
  tests: { options: testsOptions, judge: judgeTests },
  passed: { options: passedOptions, judge: judgePassed, needs: passedNeeds },
  signature: { options: signatureOptions, judge: judgeSignature },
  sbom: { options: sbomOptions, judge: judgeSbom },
  licences: { options: licencesOptions, judge: judgeLicences },
  baseImage: { options: baseImageOptions, judge: judgeBaseImage, needs: baseImageNeeds },
  platforms: { options: platformsOptions, judge: judgePlatforms, needs: platformsNeeds },
  size: { options: sizeOptions, judge: judgeSize, needs: sizeNeeds },
  labels: { options: labelsOptions, judge: judgeLabels, needs: labelsNeeds },
  approval: { options: approvalOptions, judge: judgeApproval },
  vulnerabilities: {
    options: vulnerabilitiesOptions,
    judge: judgeVulnerabilities,
    needs: vulnerabilitiesNeeds,
  },
  coverage: { options: coverageOptions, judge: judgeCoverage, needs: coverageNeeds },
  quality: { options: qualityOptions, judge: judgeQuality },
  secrets: { options: secretsOptions, judge: judgeSecrets },
  misconfiguration: { options: misconfigurationOptions, judge: judgeMisconfiguration },
  sast: { options: sastOptions, judge: judgeSast },
  structure: { options: structureOptions, judge: judgeStructure },
  hold: { options: holdOptions, judge: judgeHold },
  quarantine: { options: quarantineOptions, judge: judgeQuarantine },
  cel: { options: celOptions, judge: judgeCel },
} as const
