import { latestMark, passMark } from '../../attestation/index.ts'
import type { Facts, UpstreamFacts } from '../facts.ts'
import { factsOf } from '../predicates.ts'
import { lastStay } from '../soak.ts'
import { Upstream } from './records.ts'
import { time } from './time.ts'

/** Environments by name, as far as the expression names them. */
export async function upstreamValues(facts: Facts): Promise<Readonly<Record<string, Upstream>>> {
  if (facts.upstream.length === 0) return {}
  const { Duration } = await import('@marcbachmann/cel-js/evaluator')
  const lasting = (milliseconds: number) => Duration.fromMilliseconds(Math.max(0, milliseconds))
  return Object.fromEntries(
    facts.upstream.map((upstream) => [upstream.environment, valueOf(upstream, facts, lasting)]),
  )
}

/** The digest's newest stay there; `soak` is how long it lasted, or has lasted so far. */
function valueOf(
  upstream: UpstreamFacts,
  facts: Facts,
  lasting: (milliseconds: number) => unknown,
): Upstream {
  const stay = lastStay(upstream.occupancy, facts.image.digest)
  const lasted = stay && (stay.until ?? facts.now.getTime()) - stay.since
  return new Upstream({
    passed: isPassed(upstream, facts),
    present: stay !== undefined && stay.until === undefined,
    since: stay && time(stay.records[0]?.since),
    soak: lasted === undefined || Number.isNaN(lasted) ? undefined : lasting(lasted),
  })
}

/** undefined when one of its marks cannot be read: it may be the last word. */
function isPassed({ environment, repository }: UpstreamFacts, { evidence }: Facts): boolean | undefined {
  const { read, unreadable } = factsOf(evidence, 'pass', passMark)
  if (unreadable.length > 0) return undefined
  const here = read.filter(({ predicate }) => predicate.resourceUri === repository)
  return latestMark(here, environment)?.predicate.verificationResult === 'PASSED'
}
