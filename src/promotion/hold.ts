import { WaybillError, fail, printableLine } from '../base/index.ts'
import { predicateTypes } from '../attestation/index.ts'
import type { Hold } from '../attestation/index.ts'
import { readStanding } from '../assessment/index.ts'
import { formatRepository, isDigest, shortDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { holdInForce, holdsOf, holdText } from '../policy/index.ts'
import type { HoldFact } from '../policy/index.ts'
import { resolve } from '../registry/index.ts'
import type { HoldAnswer, HoldCommand, HoldPlace } from './commands.ts'
import { promotionErrors } from './errors.ts'
import { chainPlace } from './road.ts'
import type { Parts, Stop } from './road.ts'
import { appendOrder, signOrder } from './standing.ts'
import { laterThan } from './later-than.ts'
import { futureTime } from './time-text.ts'

/** Signs a standing order for these applications in one environment, one after the other. One that fails stops none. */
export async function holdAll(
  applications: readonly string[],
  command: HoldCommand,
  parts: Parts,
): Promise<HoldAnswer> {
  const places: HoldPlace[] = []
  for (const application of applications) {
    const alone = applications.length === 1
    places.push(
      await holdOne(application, command, parts).catch((error: unknown) => failed(application, error, alone)),
    )
  }
  const failures = places.filter(({ outcome }) => outcome === 'error')
  const outcomes = new Set(places.map(({ outcome }) => outcome))
  const outcome = failures.length > 0 ? 'error' : outcomes.has('written') ? 'written' : [...outcomes][0]
  return { kind: 'hold', environment: command.environment, outcome: outcome ?? 'already', places }
}

function failed(application: string, error: unknown, alone: boolean): HoldPlace {
  if (alone || !(error instanceof WaybillError)) throw error
  return { application, outcome: 'error', summary: `${error.code}: ${error.message}` }
}

async function holdOne(application: string, command: HoldCommand, parts: Parts): Promise<HoldPlace> {
  const stop = parts.stop(application, command.environment)
  const place = { application, repository: formatRepository(stop.repository) }
  const signer = await parts.asSigner(await parts.readKey(command.key), 'hold')
  const { evidence } = await readStanding(chainPlace(stop, parts))
  const { read } = holdsOf({ ...stop, standing: evidence.valid })
  const now = parts.clock.now()
  const held = holdInForce(read, now)
  if (command.word === 'clear' && held) throw stands(stop, held)
  if (command.word === 'release' && !held)
    return { ...place, outcome: 'already', summary: 'Nobody holds it.' }
  const predicate = await predicateOf(command, stop, laterThan(read, now), parts)
  const signed = await signOrder({ stop, predicateType: predicateTypes.hold, predicate, signer }, parts)
  const { payload, signer: by } = signed.judged
  const told = { ...place, ...(predicate.state && { state: predicate.state }), signer: by.id }
  if (held && isSame(held, predicate, by.id))
    return { ...told, outcome: 'already', payload: held.payload, summary: summaryOf(predicate) }
  const summary = summaryOf(predicate)
  if (command.dryRun) return { ...told, outcome: 'planned', summary }
  await appendOrder(signed, stop, parts)
  return { ...told, outcome: 'written', payload, summary }
}

async function predicateOf(command: HoldCommand, stop: Stop, createdOn: string, parts: Parts): Promise<Hold> {
  const { word, until, image, reason } = command
  const { application, environment } = stop
  const common = { application, environment, reason, createdOn }
  switch (word) {
    case 'hold': {
      const end = until === undefined ? undefined : futureTime(until, parts.clock.now())
      return { ...common, state: 'held', ...(end && { until: end }) }
    }
    case 'release':
      return { ...common, state: 'released' }
    case 'clear':
      return { ...common, state: 'clear' }
    case 'quarantine':
    case 'admit':
      return { ...common, [word]: [{ digest: await digestOfImage(image ?? '', stop, parts), reason }] }
  }
}

/** A digest need not be there: it may be barred before it comes. */
async function digestOfImage(image: string, stop: Stop, parts: Parts): Promise<Digest> {
  if (isDigest(image)) return image
  const { store, name } = await parts.openImage(image, stop.repository)
  return isDigest(name) ? name : (await resolve(store, name)).descriptor.digest
}

function isSame({ predicate, signer }: HoldFact, { state, reason, until }: Hold, by: string): boolean {
  const { reason: before, until: end } = predicate
  return state === 'held' && signer.id === by && before === reason && end === until
}

function summaryOf({ state, reason, until, quarantine, admit }: Hold): string {
  const what = {
    held: `held${until ? ` until ${until}` : ''}`,
    released: 'released',
    clear: 'clear: nobody holds it',
  }
  const digest = (quarantine ?? admit)?.[0]?.digest ?? ''
  const said = state
    ? what[state]
    : `${shortDigest(digest as Digest)} ${quarantine ? 'barred' : 'let in again'}`
  return `${said}: ${printableLine(reason)}`
}

function stands(stop: Stop, held: HoldFact) {
  return fail(promotionErrors.HOLD_STANDS, {
    message: `${stop.application} in ${stop.environment} is ${holdText(held)}: ${printableLine(held.predicate.reason)}.`,
    where: formatRepository(stop.repository),
  })
}
