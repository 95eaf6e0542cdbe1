import { fail, printableLine, WaybillError } from '../base/index.ts'
import { evidenceOn, readHead, readStanding, resolveImage } from '../assessment/index.ts'
import { formatRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { readWaivers } from '../policy/index.ts'
import type { ReadWaiver } from '../policy/index.ts'
import type { AttachedFact, RevokeCommand, WaiverEntry, WaiversAnswer, WaiversQuestion } from './commands.ts'
import { promotionErrors } from './errors.ts'
import { laterThan } from './later-than.ts'
import { chainPlace } from './road.ts'
import type { Parts, Stop } from './road.ts'
import { nameOf, signerOf } from './signer-of.ts'
import { checkCounts, imageSubject, sceneOf, writeWaiver } from './waive.ts'
import type { WaiverSubject } from './waive.ts'

/** A waiver with what it is about. */
interface Found extends ReadWaiver {
  readonly subject: WaiverSubject
}

/** Every waiver for an application in an environment: on the image named, else on what is there and on the candidate, and for every image. */
export async function waivers(question: WaiversQuestion, parts: Parts): Promise<WaiversAnswer> {
  const { application, environment } = question
  const stop = parts.stop(application, environment)
  const found = await findWaivers(question.image, stop, parts)
  const entries = [...new Map(found.map((one) => [one.waiver.payload, entryOf(one)])).values()]
  const order = ({ state, notAfter }: WaiverEntry) => `${state === 'in force' ? 0 : 1} ${notAfter}`
  const sorted = entries.toSorted((a, b) => order(a).localeCompare(order(b)))
  return {
    kind: 'waivers',
    application,
    environment,
    repository: formatRepository(stop.repository),
    waivers: sorted,
  }
}

/**
 * Ends a waiver now, by a later word about the same.
 * @throws WAIVER_UNKNOWN; SIGNER_UNTRUSTED
 */
export async function revoke(command: RevokeCommand, parts: Parts): Promise<AttachedFact> {
  const stop = parts.stop(command.application, command.environment)
  const all = await findWaivers(command.image, stop, parts)
  const [first, ...copies] = chosen(command.waiver, all)
  const { waiver, subject } = first
  const { ticket: _ticket, ...scope } = waiver.predicate
  const createdOn = laterThan(
    all.map((one) => one.waiver),
    parts.clock.now(),
  )
  const by = signerOf(await parts.readKey(command.key), parts)
  const word = { ...scope, reason: command.reason, approver: nameOf(by), createdOn }
  checkCounts(word, by, { subject, stop, scene: sceneOf(subject, stop, parts) })
  const predicate = { ...word, notAfter: createdOn }
  const { key, dryRun = false } = command
  const order = { stop, predicate, before: [], key, dryRun }
  const written = await writeWaiver({ ...order, subject }, parts)
  // The image may be in several repositories, and its waiver went with it.
  for (const copy of copies) await writeWaiver({ ...order, subject: copy.subject }, parts)
  return {
    ...written,
    summary: `ends the waiver ${waiver.payload.slice(7, 19)}: ${printableLine(command.reason)}`,
  }
}

/** The one waiver meant, wherever it hangs. */
function chosen(text: string, all: readonly Found[]): readonly [Found, ...Found[]] {
  const wanted = text.replace(/^sha256:/, '')
  const active = all.filter(({ flaw }) => !flaw)
  const [first, ...others] = active.filter(({ waiver }) => waiver.payload.slice(7).startsWith(wanted))
  const isOne = others.every(({ waiver }) => waiver.payload === first?.waiver.payload)
  if (first && isOne && wanted.length >= 8) return [first, ...others]
  throw fail(promotionErrors.WAIVER_UNKNOWN, {
    message: `Found "${printableLine(text, 80)}", expected the first 8 digits or more of one of ${active.length} waivers in force.`,
  })
}

async function findWaivers(named: string | undefined, stop: Stop, parts: Parts): Promise<readonly Found[]> {
  const [subjects, standing] = await Promise.all([
    subjectsFor(named, stop, parts),
    readStanding(chainPlace(stop, parts)),
  ])
  const onPlace: WaiverSubject = { evidence: { valid: [], unusable: [] } }
  const placed = readAll(onPlace, { standing: standing.evidence.valid, stop }, parts)
  return [...placed, ...subjects.flatMap((subject) => readAll(subject, { standing: [], stop }, parts))]
}

function readAll(
  subject: WaiverSubject,
  {
    standing,
    stop,
  }: { readonly standing: Parameters<typeof readWaivers>[0]['standing']; readonly stop: Stop },
  parts: Parts,
): readonly Found[] {
  const scene = { ...sceneOf(subject, stop, parts), standing }
  const told = [...subject.evidence.valid, ...standing].map(({ statement }) => statement.predicate.gate)
  const gates = [...new Set(told)].filter((gate) => typeof gate === 'string')
  return gates.flatMap((gate) => readWaivers(scene, gate).map((one) => ({ ...one, subject })))
}

/** The images whose waivers matter here. */
async function subjectsFor(named: string | undefined, stop: Stop, parts: Parts) {
  if (named !== undefined) return [await imageSubject(named, stop, parts)]
  const both = await Promise.all([present(stop, parts), candidate(stop, parts)])
  const found = both.filter((subject) => subject !== undefined)
  return [
    ...new Map(
      found.map((subject) => [`${subject.image.store.location} ${subject.image.digest}`, subject]),
    ).values(),
  ]
}

async function present(stop: Stop, parts: Parts) {
  const head = await readHead(chainPlace(stop, parts))
  if (!head) return undefined
  const store = parts.store(stop.repository)
  const image = await resolveImage(store, head.digest)
  return { image, evidence: await evidenceOn(store, head.digest, parts.trust, parts.clock.now()) }
}

// There need not be one: the environment takes builds, or upstream is empty.
async function candidate(stop: Stop, parts: Parts) {
  const { IMAGE_REQUIRED, UPSTREAM_EMPTY, UPSTREAM_AMBIGUOUS } = promotionErrors
  try {
    return await imageSubject(undefined, stop, parts)
  } catch (error) {
    const none: readonly string[] = [IMAGE_REQUIRED.code, UPSTREAM_EMPTY.code, UPSTREAM_AMBIGUOUS.code]
    if (error instanceof WaybillError && none.includes(error.code)) return undefined
    throw error
  }
}

function entryOf({ waiver, flaw, subject }: Found): WaiverEntry {
  const { gate, findings, packages, reason, ticket, createdOn, notAfter, evenOnError } = waiver.predicate
  const digest: Digest | undefined = subject.image?.digest
  return {
    gate,
    ...(findings && { findings }),
    ...(packages && { packages }),
    ...(digest && { digest }),
    state: flaw ? 'does not count' : 'in force',
    ...(flaw && { why: flaw }),
    by: nameOf(waiver.signer),
    reason,
    ...(ticket && { ticket }),
    createdOn,
    notAfter,
    ...(evenOnError && { evenOnError }),
    payload: waiver.payload,
  }
}
