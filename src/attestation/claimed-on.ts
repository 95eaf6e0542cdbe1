import { isObject, parseInstant } from '../base/index.ts'
import { predicateTypes } from './predicate-types.ts'
import { reportIn } from './report.ts'
import type { Statement } from './statement.ts'

/** Where each type of predicate says when it was made, by its own specification. */
const TIMES: Readonly<Record<string, readonly string[]>> = {
  [predicateTypes.provenance]: ['runDetails.metadata.finishedOn', 'runDetails.metadata.startedOn'],
  [predicateTypes.vulnerabilities]: ['metadata.scanFinishedOn', 'metadata.scanStartedOn'],
  [predicateTypes['cosign-vulnerabilities']]: ['metadata.scanFinishedOn', 'metadata.scanStartedOn'],
  [predicateTypes.cyclonedx]: ['metadata.timestamp'],
  [predicateTypes.spdx]: ['creationInfo.created'],
  [predicateTypes.vex]: ['last_updated', 'timestamp'],
  [predicateTypes.pass]: ['timeVerified'],
  [predicateTypes.promotion]: ['finishedOn'],
  [predicateTypes.approval]: ['createdOn'],
  [predicateTypes.waiver]: ['createdOn'],
  [predicateTypes.hold]: ['createdOn'],
  [predicateTypes['break-glass']]: ['createdOn'],
}

/** When a statement says of itself that it was made: its signer's word, RFC 3339. undefined = it does not say. */
export function claimedOn({ predicateType, predicate }: Statement): string | undefined {
  const paths = Object.hasOwn(TIMES, predicateType) ? (TIMES[predicateType] ?? []) : []
  const own = paths.map((path) => at(predicate, path.split('.')))
  const report = reportIn(predicate)
  return [...own, report?.finishedOn, report?.startedOn, report?.attestedOn].find(isTime)
}

/**
 * When a statement says that it was signed: later than what it tells of, where Waybill put a report's name to it
 * afterwards. Else when it says that it was made.
 */
export function attestedOn(statement: Statement): string | undefined {
  return [reportIn(statement.predicate)?.attestedOn, claimedOn(statement)].find(isTime)
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inside, key) => (isObject(inside) && Object.hasOwn(inside, key) ? inside[key] : undefined),
    value,
  )
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && parseInstant(value) !== undefined
}
