import { hold, predicateTypes, waiver } from '../attestation/index.ts'
import type { Hold, VerifiedStatement } from '../attestation/index.ts'
import type { Standing } from '../assessment/index.ts'
import type { Descriptor } from '../oci/index.ts'

/** Milliseconds for which what has ended stays listed, so that people can see it. */
const REMEMBERED = 30 * 24 * 3_600_000

/**
 * What stays listed when an order is added: all but waivers that ended long ago, and words about a hold that later
 * words have overtaken (`clear` at once, for it is said again and again). Orders about digests stay, and so does what
 * cannot be judged here: another trust policy may know its signer.
 */
export function stillListed(
  { orders, evidence }: Standing,
  added: VerifiedStatement,
  now: Date,
): readonly Descriptor[] {
  const words = [...evidence.valid, added].flatMap((one) => holdIn(one) ?? [])
  const isDone = (one: VerifiedStatement) => hasEnded(one, now) || isOvertaken(holdIn(one), words, now)
  return orders.flatMap(({ layer, judged }) => ('state' in judged || !isDone(judged) ? [layer] : []))
}

function holdIn({ predicateType, statement }: VerifiedStatement): Hold | undefined {
  return predicateType === predicateTypes.hold ? hold.safeParse(statement.predicate).data : undefined
}

function hasEnded({ predicateType, statement }: VerifiedStatement, now: Date): boolean {
  if (predicateType !== predicateTypes.waiver) return false
  const read = waiver.safeParse(statement.predicate).data
  return read !== undefined && now.getTime() - Date.parse(read.notAfter) > REMEMBERED
}

function isOvertaken(given: Hold | undefined, words: readonly Hold[], now: Date): boolean {
  if (!given?.state || given.quarantine || given.admit) return false
  const said = Date.parse(given.createdOn)
  if (given.state !== 'clear' && now.getTime() - said <= REMEMBERED) return false
  return words.some(({ state, createdOn }) => {
    const counts = given.state === 'clear' ? state !== undefined : state === 'held' || state === 'released'
    const at = Date.parse(createdOn)
    return counts && at > said && at <= now.getTime()
  })
}
