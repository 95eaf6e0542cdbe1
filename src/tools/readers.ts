import type { ReportReader } from './report-reader.ts'
import { checkovReader } from './reports/checkov.ts'
import { coberturaReader } from './reports/cobertura.ts'
import { structureReader } from './reports/container-structure-test.ts'
import { cycloneDxReader } from './reports/cyclonedx.ts'
import { gitleaksReader } from './reports/gitleaks.ts'
import { grypeReader } from './reports/grype.ts'
import { hadolintReader } from './reports/hadolint.ts'
import { jacocoReader } from './reports/jacoco.ts'
import { junitReader } from './reports/junit.ts'
import { lcovReader } from './reports/lcov.ts'
import { openvexReader } from './reports/openvex.ts'
import { osvReader, osvScannerReader } from './reports/osv.ts'
import { sarifReader } from './reports/sarif.ts'
import { sonarqubeReader } from './reports/sonarqube.ts'
import { spdxReader } from './reports/spdx.ts'
import { trivyCosignReader, trivyReader } from './reports/trivy.ts'
import { trxReader } from './reports/trx.ts'

/** Every report format there is. A new one is one line here. */
export const readers: readonly ReportReader[] = [
  junitReader,
  trxReader,
  coberturaReader,
  lcovReader,
  jacocoReader,
  sarifReader,
  gitleaksReader,
  checkovReader,
  hadolintReader,
  structureReader,
  sonarqubeReader,
  trivyReader,
  trivyCosignReader,
  grypeReader,
  osvScannerReader,
  osvReader,
  openvexReader,
  cycloneDxReader,
  spdxReader,
]
