import type { ReportReader } from './report-reader.ts'
import { junitReader } from './reports/junit.ts'

/** Every report format there is. A new one is one line here. */
export const readers: readonly ReportReader[] = [junitReader]
