import type { ReportReader } from './report-reader.ts'
import { cycloneDxReader } from './reports/cyclonedx.ts'
import { junitReader } from './reports/junit.ts'
import { spdxReader } from './reports/spdx.ts'

/** Every report format there is. A new one is one line here. */
export const readers: readonly ReportReader[] = [junitReader, cycloneDxReader, spdxReader]
