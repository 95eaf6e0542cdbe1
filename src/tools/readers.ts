import type { ReportReader } from './report-reader.ts'
import { cycloneDxReader } from './reports/cyclonedx.ts'
import { grypeReader } from './reports/grype.ts'
import { junitReader } from './reports/junit.ts'
import { openvexReader } from './reports/openvex.ts'
import { osvReader, osvScannerReader } from './reports/osv.ts'
import { spdxReader } from './reports/spdx.ts'
import { trivyCosignReader, trivyReader } from './reports/trivy.ts'

/** Every report format there is. A new one is one line here. */
export const readers: readonly ReportReader[] = [
  junitReader,
  trivyReader,
  trivyCosignReader,
  grypeReader,
  osvScannerReader,
  osvReader,
  openvexReader,
  cycloneDxReader,
  spdxReader,
]
