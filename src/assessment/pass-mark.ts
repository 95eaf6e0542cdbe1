import { latestMark, passMark, predicateTypes, statementsOf } from '../attestation/index.ts'
import type { Evidence, VerifiedStatement } from '../attestation/index.ts'

/**
 * The statement by which an environment last said that it passed a digest in its repository (`host/path`); undefined
 * when it did not, or took it back. Marks travel with the image, so those of an environment elsewhere are not its word.
 */
export function passedMark(
  evidence: Evidence,
  environment: string,
  repository: string,
): VerifiedStatement | undefined {
  const marks = statementsOf(evidence, predicateTypes.pass).flatMap((statement) => {
    const predicate = passMark.safeParse(statement.statement.predicate).data
    return predicate?.resourceUri === repository ? [{ statement, predicate }] : []
  })
  const latest = latestMark(marks, environment)
  return latest?.predicate.verificationResult === 'PASSED' ? latest.statement : undefined
}
