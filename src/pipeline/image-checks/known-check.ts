import { isAbout, reportIn, sbomOf } from '../../attestation/index.ts'
import type { Evidence, ReportKind, VerifiedStatement } from '../../attestation/index.ts'
import type { Digest } from '../../oci/index.ts'

/** One question that a tool answers about one platform. */
export interface Question {
  readonly tool: string
  readonly kind: ReportKind
  readonly manifest: Digest
  /** The image has others. */
  readonly platform: string
  readonly now: Date
}

// What is in an image stays in it; what is known of it does not, and gates do not take a scan that is old.
const SCAN_LASTS = 24 * 60 * 60_000

/** What is signed and verified already about this, so that a build that is run again need not look again. */
export function knownAnswer(evidence: Evidence, question: Question): VerifiedStatement | undefined {
  return evidence.valid.find(
    ({ statement }) => isAbout(statement, question.manifest) && answers(statement, question),
  )
}

function answers(
  statement: VerifiedStatement['statement'],
  { tool, kind, platform, now }: Question,
): boolean {
  if (kind === 'sbom')
    return sbomOf(statement)?.tools.some((name) => name.toLowerCase().startsWith(tool)) ?? false
  const report = reportIn(statement.predicate)
  if (report?.kind !== kind || report.tool.name !== tool) return false
  const made = Date.parse(report.finishedOn ?? report.attestedOn ?? '')
  if (!(now.getTime() - made < SCAN_LASTS)) return false
  return report.platform === undefined || report.platform === platform
}
