import type { VerifyAnswer } from '../insight/answers.ts'
import type { RescanAnswer, RescannedImage } from '../insight/rescan-answer.ts'
import type { BuildOutcome } from '../pipeline/outcome.ts'
import type { GateVerdict } from '../policy/index.ts'
import type { AttachedFact, AttachedFacts, HoldAnswer, RepairAnswer } from '../promotion/commands.ts'
import type { Outcome } from '../promotion/outcome.ts'
import type { TrainAnswer, TrainItem } from '../promotion/train-answer.ts'
import type { CleanAnswer } from '../retention/clean-answer.ts'
import { mistake, warning } from './told.ts'
import type { Notice, Outputs, Told } from './told.ts'

interface Copied {
  readonly dryRun?: boolean
  readonly digest: string
  /** `repository@digest`. */
  readonly destination: string
  readonly tags: readonly string[]
}

/** build: one image, or what it would be. */
export function buildTold({ outcome, application, location, digest, tags, version }: BuildOutcome): Told {
  const image = outcome === 'planned' ? {} : { image: `${location}@${digest}` }
  const outputs = { outcome, digest, tags, ...image, ...(version !== undefined && { version }) }
  return { topic: `build:${application}`, notices: [], outputs }
}

/**
 * plan, promote, release and rollback: each gate in the way, a proof that failed, every warning.
 * @param isPlan nothing was to be written; the outcome alone does not say so when a gate is in the way
 */
export function outcomeTold(outcome: Outcome, isPlan: boolean): Told {
  const { application, to, action, warnings } = outcome
  const name = `${application} → ${to}`
  return {
    topic: `${isPlan ? 'plan' : action}:${application}:${to}`,
    notices: [...stopNotices(name, outcome), ...warnings.map((text) => warning(name, text))],
    outputs: outcomeOutputs(outcome),
  }
}

/** plan --set and promote --set: what became of each item that did not go. */
export function trainTold({ outcome, dryRun, items }: TrainAnswer): Told {
  return {
    topic: dryRun ? 'plan-train' : 'train',
    notices: items.flatMap(itemNotices),
    outputs: { outcome },
  }
}

/** attest, approve, pass, waive and break-glass: one fact. */
export function factTold({
  kind,
  outcome,
  application,
  environment,
  repository,
  digest,
  summary,
}: AttachedFact) {
  const name = [application, environment].filter(Boolean).join(' ')
  return {
    topic: [kind, application, environment].filter(Boolean).join(':'),
    notices: outcome === 'failed' ? [mistake(`${name}: ${kind}`, summary)] : [],
    outputs: { outcome, digest, image: `${repository}@${digest}` },
  } satisfies Told
}

/** attest with several reports: they are all there when it ends. */
export function factsTold({ application, repository, digest, attestations }: AttachedFacts): Told {
  const outcome = attestations.every((fact) => fact.outcome === 'already') ? 'already' : 'attached'
  const planned = attestations.some((fact) => fact.outcome === 'planned')
  const outputs = { outcome: planned ? 'planned' : outcome, digest, image: `${repository}@${digest}` }
  return { topic: `attestations:${application}`, notices: [], outputs }
}

/** image copy: what is now at the destination, or would be. */
export function copyTold({ dryRun, digest, destination, tags }: Copied): Told {
  const outputs = dryRun
    ? { outcome: 'planned', digest, tags }
    : { outcome: 'copied', digest, image: destination, tags }
  return { topic: `copy:${destination}`, notices: [], outputs }
}

/** hold: the applications whose order could not be written. */
export function holdTold({ environment, outcome, places }: HoldAnswer): Told {
  const failed = places.filter((place) => place.outcome === 'error')
  const notices = failed.map(({ application, summary }) =>
    mistake(`${application} ${environment}: hold`, summary),
  )
  return { topic: `hold:${environment}`, notices, outputs: { outcome } }
}

/** rescan: every gate that would say no today, what cannot be read, what runs out soon. */
export function rescanTold({ outcome, images, unread }: RescanAnswer): Told {
  const unreadable = unread.map(({ application, environment, code, message }) =>
    mistake(`${application} ${environment}: ${code}`, message),
  )
  return { topic: 'rescan', notices: [...unreadable, ...images.flatMap(rescanNotices)], outputs: { outcome } }
}

/** verify: every check that did not pass. */
export function verificationTold({ reference, digest, result, checks }: VerifyAnswer): Told {
  const bad = checks.filter((check) => check.result === 'fail' || check.result === 'error')
  const notices = bad.map(({ what, code, reason }) => mistake(code ? `${what}: ${code}` : what, reason))
  return { topic: `verify:${reference}`, notices, outputs: { outcome: result, digest } }
}

/** repair: what is missing still. */
export function repairTold({ outcome, images }: RepairAnswer): Told {
  const broken = images.filter((image) => image.outcome === 'broken')
  const notices = broken.map(({ location, digest, found, left }) =>
    mistake(`${location}: repair`, `${digest}: ${found.length} missing, ${left.length} of them still.`),
  )
  return { topic: 'repair', notices, outputs: { outcome } }
}

/** ci clean: the warnings were told on the way, and what stays does so for good reasons. */
export function cleanTold({ outcome, application }: CleanAnswer): Told {
  return { topic: `clean:${application}`, notices: [], outputs: { outcome } }
}

const THERE: ReadonlySet<Outcome['outcome']> = new Set(['promoted', 'already', 'unproven'])

function outcomeOutputs(outcome: Outcome): Outputs {
  const { digest, repository, tags, version, record } = outcome
  return {
    outcome: outcome.outcome,
    digest,
    // What was not let in has no address there, and a step that forgets to look at the outcome must not get one.
    ...(THERE.has(outcome.outcome) && { image: `${repository}@${digest}` }),
    ...(tags && { tags }),
    ...(version !== undefined && { version }),
    ...(record && { record }),
  }
}

function stopNotices(name: string, { verdict, proof }: Outcome): readonly Notice[] {
  const unproven = proof?.result === 'fail' ? [mistake(`${name}: proof`, proof.reason)] : []
  return [...gateNotices(name, verdict.gates), ...unproven]
}

/** What waits is a warning: nothing is wrong yet. */
function gateNotices(name: string, gates: readonly GateVerdict[]): readonly Notice[] {
  return gates.flatMap(({ gate, result, reason }) => {
    if (result === 'pass' || result === 'waived') return []
    return [result === 'pending' ? warning(`${name}: ${gate}`, reason) : mistake(`${name}: ${gate}`, reason)]
  })
}

function itemNotices({ item, outcome, promotion, error, reason }: TrainItem): readonly Notice[] {
  if (error) return [mistake(`${item}: ${error.code}`, error.message)]
  const stops = promotion ? stopNotices(item, promotion) : []
  if (stops.length > 0) return stops
  return outcome === 'not-started' ? [warning(item, reason ?? 'not started')] : []
}

function rescanNotices(image: RescannedImage): readonly Notice[] {
  const { application, environment, role, version, digest, gates, expiring, problem } = image
  const name = `${application} ${environment} ${version ?? digest.slice(7, 19)}${role === 'live' ? '' : ' (rollback)'}`
  return [
    ...(problem ? [mistake(`${name}: ${problem.code}`, problem.message)] : []),
    ...gateNotices(name, gates),
    ...expiring.map(({ gate, by, reason }) => warning(`${name}: ${gate}`, `By ${by}: ${reason}`)),
  ]
}
