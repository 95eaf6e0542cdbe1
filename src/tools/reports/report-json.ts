import type * as z from 'zod'
import { fail, printableLine } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import type { RawReport } from '../report-reader.ts'

/** The report through its format's schema. @throws REPORT_INVALID naming the first field that is wrong */
export function readJsonReport<T>(report: RawReport, schema: z.ZodType<T>, name: string): T {
  const read = schema.safeParse(report.json())
  if (read.success) return read.data
  const [issue] = read.error.issues
  const path = printableLine(issue?.path.join('.') || 'top level', 120)
  throw fail(toolsErrors.REPORT_INVALID, {
    message: `Found a report that is not ${name}: ${path}: ${printableLine(issue?.message ?? '')}.`,
    where: report.where,
  })
}
