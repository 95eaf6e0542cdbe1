import { isFailure, printableLine } from '../../base/index.ts'
import { foresee, hasArrived, planPromotion, rehearseDelivery } from '../../promotion/index.ts'
import type {
  Candidate,
  CommitDelta,
  DeliveryPreview,
  Outcome,
  Parts,
  PlanDelta,
  PromoteCommand,
} from '../../promotion/index.ts'
import { imageDelta } from './image-delta.ts'
import { earliestOf, missingGates } from './missing-gates.ts'
import { NO_PACKAGES, packageDelta } from './package-delta.ts'
import { candidateSide, presentSide, sbomsIn, scansIn } from './sides.ts'
import type { Side } from './sides.ts'
import { unifiedDiff } from './unified-diff.ts'
import { NO_VULNERABILITIES, vulnerabilityDelta } from './vulnerability-delta.ts'

type CommitsRead = Omit<CommitDelta, 'from' | 'to' | 'unknown'> | { readonly unknown: string }

/** What the comparison needs from other rooms. */
export interface ExplainParts {
  /** The commits between two, or why they cannot be told. */
  readonly commits: (from: string, to: string) => Promise<CommitsRead>
}

/**
 * What a promotion would do, with what it would change. The candidate is read once; what cannot be compared is said in
 * the answer and never changes the verdict.
 * @throws as `planPromotion`; a deliver block that cannot work
 */
export async function explainPlan(
  command: PromoteCommand,
  parts: Parts,
  explain: ExplainParts,
): Promise<Outcome> {
  const candidate = await planPromotion(command, parts)
  if (hasArrived(candidate)) return foresee(candidate, parts)
  let previews: Promise<readonly DeliveryPreview[]> | undefined
  const rehearse = () => (previews ??= rehearseDelivery(candidate, parts))
  const [outcome, delta] = await Promise.all([
    foresee(candidate, parts, rehearse),
    deltaOf(candidate, rehearse, parts, explain),
  ])
  return { ...outcome, delta }
}

async function deltaOf(
  candidate: Candidate,
  rehearse: () => Promise<readonly DeliveryPreview[]>,
  parts: Parts,
  explain: ExplainParts,
): Promise<PlanDelta> {
  const { from, head, stop, image, tags, verdict } = candidate
  const [sides, commits, manifests] = await Promise.all([
    orUnknown(() => Promise.all([presentSide(candidate, parts), candidateSide(candidate)])),
    commitDelta(candidate, explain),
    manifestDelta(rehearse),
  ])
  const version = head?.predicate.version
  const earliest = earliestOf(verdict)
  return {
    ...(head && {
      against: { digest: head.digest, since: head.predicate.finishedOn, ...(version && { version }) },
    }),
    commits,
    ...('unknown' in sides ? nothingTold(sides.unknown) : contentDelta(sides[0], sides[1])),
    manifests,
    tags: tags.tags
      .filter(({ before }) => before !== image.digest)
      .map(({ tag, mobility, before }) => ({ tag, mobility, ...(before && { before }) })),
    missing: missingGates(verdict, {
      application: stop.application,
      environment: stop.environment,
      upstream: stop.upstream,
      from: from.environment,
      digest: image.digest,
      gates: stop.gates,
    }),
    ...(earliest && { earliest }),
  }
}

type Contents = Pick<PlanDelta, 'packages' | 'vulnerabilities' | 'image'>

function nothingTold(unknown: string): Contents {
  return {
    packages: { ...NO_PACKAGES, unknown },
    vulnerabilities: { ...NO_VULNERABILITIES, unknown },
    image: { platforms: [], unknown },
  }
}

function contentDelta(before: Side | undefined, after: Side): Contents {
  const compare = <T, D>(read: (side: Side) => readonly T[], what: string, none: D, delta: Delta<T, D>) => {
    const unknown = whyNot(before && read(before), read(after), what)
    return unknown === undefined ? delta(before ? read(before) : [], read(after)) : { ...none, unknown }
  }
  return {
    packages: compare(sbomsIn, 'SBOM', NO_PACKAGES, packageDelta),
    vulnerabilities: compare(scansIn, 'vulnerability scan', NO_VULNERABILITIES, vulnerabilityDelta),
    image: imageDelta(before?.details ?? [], after.details),
  }
}

type Delta<T, D> = (before: readonly T[], after: readonly T[]) => D

/** Nothing signed on one side must not read as "all of it is new" or "all of it is gone". */
function whyNot(before: readonly unknown[] | undefined, after: readonly unknown[], what: string) {
  if (after.length === 0) return `this image has no signed ${what} that can be read`
  if (before?.length === 0) return `what is there now has no signed ${what} that can be read`
  return undefined
}

async function commitDelta({ head, commit }: Candidate, explain: ExplainParts): Promise<CommitDelta> {
  const from = head?.predicate.commit
  const known = { ...(from && { from }), ...(commit && { to: commit }), count: 0, lost: 0, listed: [] }
  if (!head) return { ...known, unknown: 'nothing is there to compare with' }
  if (!from) return { ...known, unknown: 'the record of what is there names no commit' }
  if (!commit) return { ...known, unknown: 'nothing signed names the commit of this image' }
  if (from === commit) return known
  return { ...known, ...(await orUnknown(() => explain.commits(from, commit))) }
}

async function manifestDelta(rehearse: () => Promise<readonly DeliveryPreview[]>) {
  const previews = await orUnknown(rehearse)
  if ('unknown' in previews) return { unknown: previews.unknown, files: [] }
  const files = previews.flatMap(({ target, changed }) =>
    changed.map(({ path, before, after }) => ({ target, path, diff: unifiedDiff(path, before, after) })),
  )
  return { files }
}

/** A comparison is told or it is not; only the promotion itself may fail. */
async function orUnknown<T>(work: () => Promise<T>): Promise<T | { readonly unknown: string }> {
  try {
    return await work()
  } catch (error) {
    if (isFailure(error)) return { unknown: printableLine(error.message, 400) }
    throw error
  }
}
