import * as z from 'zod'
import { REPORT, predicateTypes } from '../../attestation/index.ts'
import type { ReportFacts, TestResult } from '../../attestation/index.ts'
import { isObject } from '../../base/index.ts'
import { hexOf } from '../../oci/index.ts'
import type { RawReport, ReportReader } from '../report-reader.ts'
import { empty, invalid, known, shapeOf, shortText } from '../report-shape.ts'

const count = z.int().min(0)
const shape = z.object({
  Pass: count,
  Fail: count,
  Total: count,
  Results: z
    .array(z.object({ Name: z.string(), Pass: z.boolean(), Errors: z.array(z.string()).nullish() }))
    .nullish(),
})

type Shape = z.infer<typeof shape>

/** container-structure-test JSON. It names neither the image nor the platform it looked at. */
export const structureReader: ReportReader = {
  format: 'container-structure-test',
  about: 'container-structure-test JSON',
  recognises: (report) => {
    const json = report.json()
    return isObject(json) && ['Pass', 'Fail', 'Total'].every((key) => typeof json[key] === 'number')
  },
  read: (report, hints) => {
    const given = shapeOf(report, shape, 'the JSON report of container-structure-test')
    const { passed, failed } = recount(given, report)
    const name = hints.suite ?? 'structure'
    const { notRun = 0 } = hints
    const counts = { passed: passed.length, failed: failed.length, ...(notRun > 0 && { skipped: notRun }) }
    const result = failed.length > 0 ? 'FAILED' : 'PASSED'
    const told: ReportFacts = {
      kind: 'structure',
      tool: { name: 'container-structure-test', ...known({ version: hints.toolVersion }) },
      format: 'container-structure-test',
      digest: report.digest,
      ...known({ finishedOn: hints.finishedOn }),
      counts,
    }
    const predicate: TestResult = {
      result,
      configuration: [{ name, digest: { sha256: hexOf(report.digest) }, annotations: counts }],
      passedTests: passed.slice(0, 500),
      failedTests: failed.slice(0, 500),
    }
    return [
      {
        format: 'container-structure-test',
        kind: 'structure',
        predicateType: predicateTypes['test-result'],
        predicate: { ...predicate, [REPORT]: told },
        about: [],
        onePlatform: true,
        summary: `${name} ${result} (${counts.passed} passed, ${counts.failed} failed${notRun > 0 ? `, ${notRun} not run: commands need Docker` : ''})`,
      },
    ]
  },
}

/** Zero tests exit 1 and write a report all the same: nothing was looked at. */
function recount({ Pass, Fail, Total, Results }: Shape, report: RawReport) {
  const all = Results ?? []
  if (Total === 0 && all.length === 0) throw empty('Found no test, expected at least one.', report)
  const isGood = (one: (typeof all)[number]) => one.Pass && (one.Errors ?? []).length === 0
  const passed = all.filter(isGood).map(({ Name }) => shortText(Name) ?? '(unnamed)')
  const failed = all.filter((one) => !isGood(one)).map(({ Name }) => shortText(Name) ?? '(unnamed)')
  if (Pass !== passed.length || Fail !== failed.length || Total !== all.length)
    throw invalid(
      `Found ${passed.length} passed and ${failed.length} failed tests, and counters of ${Pass}, ${Fail} and ${Total} in all`,
      report,
      'both to agree',
    )
  return { passed, failed }
}
