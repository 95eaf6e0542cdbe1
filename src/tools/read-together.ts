import { readers } from './readers.ts'
import { readerFor } from './report-reader.ts'
import type { RawReport, ReportClaim, ReportHints } from './report-reader.ts'

/** A claim, and the file it came from. */
export type ClaimedFrom = ReportClaim & { readonly where: string }

/**
 * What reports say, each by the reader that knows its format; the files of one test run count as one.
 * @throws REPORT_*
 */
export function readTogether(
  reports: readonly RawReport[],
  hints: ReportHints,
  format?: string,
): readonly ClaimedFrom[] {
  const byReader = Map.groupBy(reports, (report) => readerFor(report, readers, format))
  return [...byReader].flatMap(([reader, mine]) => {
    const [first, ...rest] = mine
    if (first && rest.length > 0 && reader.readTogether)
      return from(reader.readTogether([first, ...rest], hints), `${first.where} and ${rest.length} more`)
    return mine.flatMap((report) => from(reader.read(report, hints), report.where))
  })
}

function from(claims: readonly ReportClaim[], where: string): readonly ClaimedFrom[] {
  return claims.map((claim) => ({ ...claim, where }))
}
