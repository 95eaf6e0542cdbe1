import { formatRepository } from '../oci/index.ts'
import { forcedBy } from '../policy/index.ts'
import type { Outcome } from './outcome.ts'
import { hasArrived } from './plan-promotion.ts'
import type { Candidate, Proven } from './steps.ts'

/** Kyverno refuses images with more than 50 referrers; DESIGN §4 asks to stay under 30. */
const MANY_REFERRERS = 30

/** What a plan says: nothing was written. A verdict that does not allow is told as what it would be. */
export function planned(candidate: Candidate): Outcome {
  if (candidate.verdict.result !== 'pass') return stopped(candidate)
  const tags = candidate.tags.tags.map((tag) => tag.tag)
  const outcome = hasArrived(candidate) ? 'already' : 'planned'
  return { ...told(candidate), outcome, tags, keptTags: candidate.tags.kept }
}

/** A gate stopped it. `fail` and `error` never share an outcome. */
export function stopped(candidate: Candidate): Outcome {
  const outcomes = { fail: 'refused', error: 'error', pending: 'pending', pass: 'planned' } as const
  return { ...told(candidate), outcome: outcomes[candidate.verdict.result] }
}

/** The end of the road. A resumed run that found everything done says `already`. */
export function finished(proven: Proven, how: 'promoted' | 'resumed'): Outcome {
  const { record, head, proof, carried } = proven
  const { previous } = record.predicate
  const many =
    carried.length > MANY_REFERRERS
      ? [`This digest carries ${carried.length} referrers; some tools refuse more than 50.`]
      : []
  return {
    ...told(proven),
    outcome:
      proof?.result === 'fail' ? 'unproven' : how === 'resumed' && !didWork(proven) ? 'already' : 'promoted',
    copy: proven.copy,
    record: record.record,
    sequence: record.sequence,
    ...(previous && { previous: previous.record }),
    ...(head && head.digest !== record.digest && { previousDigest: head.digest }),
    tags: proven.named,
    keptTags: proven.tags.kept,
    delivery: proven.receipts,
    ...(proof && { proof }),
    warnings: [...warningsOf(proven), ...unmarked(proven), ...many],
  }
}

function didWork({ moved, receipts, proof, provenBefore }: Proven): boolean {
  return (
    moved.length > 0 ||
    receipts.some((receipt) => receipt.changed.length > 0) ||
    (proof !== undefined && !provenBefore)
  )
}

function told(candidate: Candidate): Omit<Outcome, 'outcome'> {
  const { stop, image, from, version, verdict, action, head } = candidate
  const forced = forcedBy(verdict.gates)
  return {
    kind: 'promotion',
    action,
    application: stop.application,
    digest: image.digest,
    from: from.environment ?? from.repository,
    to: stop.environment,
    repository: formatRepository(stop.repository),
    verdict,
    ...(forced.length > 0 && { breakGlass: forced }),
    ...(version && { version }),
    ...(head && head.digest !== image.digest && { previousDigest: head.digest }),
    warnings: warningsOf(candidate),
  }
}

function unmarked({ stop, record, proof }: Proven): readonly string[] {
  if (record.predicate.kind !== 'break-glass' || proof) return []
  return [
    `What is forced in gets no pass mark by itself; when ${stop.environment} is fine, run waybill pass.`,
  ]
}

/** What must not pass without being said. */
export function warningsOf({ verdict, stop }: Pick<Candidate, 'verdict' | 'stop'>): readonly string[] {
  // A quarantine that was set afterwards keeps it out all the same: then nothing was forced.
  if (verdict.result !== 'pass' || forcedBy(verdict.gates).length === 0) return []
  const opened = verdict.gates.filter(({ gate, result }) => result === 'waived' && gate !== 'break-glass')
  const names = opened.map(({ gate }) => gate).join(', ')
  return [`Break-glass: forced into ${stop.environment} although these gates did not let it in: ${names}.`]
}
