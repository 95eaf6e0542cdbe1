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
}

/** What is signed and verified already about this, so that a build that is run again need not look again. */
export function knownAnswer(evidence: Evidence, question: Question): VerifiedStatement | undefined {
  return evidence.valid.find(
    ({ statement }) => isAbout(statement, question.manifest) && answers(statement, question),
  )
}

function answers(statement: VerifiedStatement['statement'], { tool, kind, platform }: Question): boolean {
  if (kind === 'sbom')
    return sbomOf(statement)?.tools.some((name) => name.toLowerCase().startsWith(tool)) ?? false
  const report = reportIn(statement.predicate)
  if (report?.kind !== kind || report.tool.name !== tool) return false
  return report.platform === undefined || report.platform === platform
}
