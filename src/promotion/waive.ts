import { isDeepStrictEqual } from 'node:util'
import { fail } from '../base/index.ts'
import { makeStatement, placeDigest, predicateTypes } from '../attestation/index.ts'
import type { Evidence, Signer, VerifiedStatement, Waiver } from '../attestation/index.ts'
import { buildOf, evidenceOn, readStanding, resolveImage } from '../assessment/index.ts'
import type { ResolvedImage } from '../assessment/index.ts'
import { digestOf, formatRepository, shortDigest } from '../oci/index.ts'
import { NEVER_WAIVED, readWaivers } from '../policy/index.ts'
import type { ReadWaiver, WaiverScene } from '../policy/index.ts'
import { attachOnce } from './attach-statement.ts'
import type { AttachedFact, WaiveCommand } from './commands.ts'
import { promotionErrors } from './errors.ts'
import { laterThan } from './later-than.ts'
import { chooseImage } from './plan-promotion.ts'
import { chainPlace } from './road.ts'
import type { Parts, Stop } from './road.ts'
import { nameOf, signerOf } from './signer-of.ts'
import { appendOrder, signOrder } from './standing.ts'
import { futureTime } from './time-text.ts'

/** Whom a waiver is about: one image where it is now, or every image of the place. */
export type WaiverSubject =
  | { readonly image: ResolvedImage; readonly evidence: Evidence }
  | { readonly image?: undefined; readonly evidence: Evidence }

/**
 * Signs a waiver. What would not count here is not signed.
 * @throws WAIVER_REFUSED; TIME_INVALID; SIGNER_UNTRUSTED
 */
export async function waive(command: WaiveCommand, parts: Parts): Promise<AttachedFact> {
  const stop = parts.stop(command.application, command.environment)
  const subject = await subjectOf(command, stop, parts)
  const standing = subject.image ? [] : (await readStanding(chainPlace(stop, parts))).evidence.valid
  const scene = { ...sceneOf(subject, stop, parts), standing }
  const by = signerOf(await parts.readKey(command.key), parts)
  const before = readWaivers(scene, command.gate)
  const words = before.map(({ waiver }) => waiver)
  const predicate = predicateOf(command, laterThan(words, parts.clock.now()), nameOf(by), parts)
  checkGate(predicate, stop)
  checkCounts(predicate, by, { subject, stop, scene })
  const { key, dryRun = false } = command
  return writeWaiver({ stop, subject, predicate, before, key, dryRun }, parts)
}

async function subjectOf(command: WaiveCommand, stop: Stop, parts: Parts): Promise<WaiverSubject> {
  if (command.everyImage) return { evidence: { valid: [], unusable: [] } }
  return imageSubject(command.image, stop, parts)
}

/** The image a waiver is about: the one named, else the candidate from upstream. */
export async function imageSubject(
  named: string | undefined,
  stop: Stop,
  parts: Parts,
): Promise<{ readonly image: ResolvedImage; readonly evidence: Evidence }> {
  const asked = {
    application: stop.application,
    to: stop.environment,
    ...(named !== undefined && { image: named }),
  }
  const choice = await chooseImage(asked, stop, parts)
  const image = await resolveImage(choice.store, choice.name)
  return { image, evidence: await evidenceOn(choice.store, image.digest, parts.trust, parts.clock.now()) }
}

/** What waivers about this subject are judged by. The standing orders are read where they matter. */
export function sceneOf(subject: WaiverSubject, stop: Stop, parts: Parts): WaiverScene {
  const { application, environment, exceptions } = stop
  const { evidence } = subject
  const common = { application, environment, evidence, build: buildOf(evidence), now: parts.clock.now() }
  // Of every image the author is not known; each digest asks again when the waiver is used.
  const waiveRules = exceptions?.waive && { ...exceptions.waive, notAuthor: false }
  const open = subject.image ? exceptions : { ...exceptions, ...(waiveRules && { waive: waiveRules }) }
  return { ...common, standing: [], exceptions: open }
}

function predicateOf(command: WaiveCommand, createdOn: string, approver: string, parts: Parts): Waiver {
  const { application, environment, gate, findings, packages, reason, ticket, evenOnError } = command
  return {
    application,
    environment,
    gate,
    ...(findings && { findings: [...findings] }),
    ...(packages && { packages: [...packages] }),
    ...(evenOnError && { evenOnError }),
    reason,
    ...(ticket && { ticket }),
    approver,
    createdOn,
    notAfter: futureTime(command.validFor, parts.clock.now()),
  }
}

/** A waiver of a gate that is not there would do nothing. */
function checkGate({ gate, packages, findings }: Waiver, stop: Stop): void {
  const kinds = [...new Set(stop.gates.map(({ kind }) => kind))].filter(
    (kind) => !NEVER_WAIVED.includes(kind),
  )
  if (!kinds.some((kind) => kind === gate))
    throw refused(stop, `has no gate "${gate}" that can be waived; it has ${kinds.join(', ') || 'none'}`)
  if (packages && !findings) throw refused(stop, 'waives packages only together with findings')
}

export interface Circumstance {
  readonly subject: WaiverSubject
  readonly stop: Stop
  readonly scene: WaiverScene
}

/** @throws WAIVER_REFUSED when this person's word would not count */
export function checkCounts(predicate: Waiver, by: Signer, { subject, stop, scene }: Circumstance): void {
  const draft = draftOf(predicate, by, subject.image?.digest ?? placeDigest(stop))
  const judged = readWaivers(withDraft(scene, draft, subject), predicate.gate)
  const own = judged.find(({ waiver }) => waiver.payload === draft.payload)
  if (own?.flaw) throw refused(stop, `would not count it, for it ${own.flaw}`)
}

function withDraft(scene: WaiverScene, draft: VerifiedStatement, { image }: WaiverSubject): WaiverScene {
  const { evidence, standing } = scene
  if (!image) return { ...scene, standing: [...standing, draft] }
  return { ...scene, evidence: { ...evidence, valid: [...evidence.valid, draft] } }
}

/** As it will be once it is signed and verified. */
function draftOf(
  predicate: Waiver,
  signer: Signer,
  subject: VerifiedStatement['payload'],
): VerifiedStatement {
  const statement = makeStatement([subject], predicateTypes.waiver, predicate)
  const payload = digestOf(JSON.stringify(statement))
  const origin = { manifest: payload, format: 'bundle' } as const
  return { statement, predicateType: predicateTypes.waiver, payload, signer, origin, provenOn: undefined }
}

function refused(stop: Stop, why: string) {
  return fail(promotionErrors.WAIVER_REFUSED, `${stop.environment} ${why}.`)
}

/** A waiver ready to be signed. */
export interface WaiverOrder {
  readonly stop: Stop
  readonly subject: WaiverSubject
  readonly predicate: Waiver
  /** Waivers of the same gate that are there. */
  readonly before: readonly ReadWaiver[]
  readonly key: string
  readonly dryRun: boolean
}

/** Signs it and hangs it on the image, or lists it among the standing orders of the place. */
export async function writeWaiver(order: WaiverOrder, parts: Parts): Promise<AttachedFact> {
  const { stop, subject, predicate, dryRun } = order
  const signer = await parts.asSigner(await parts.readKey(order.key), 'waiver')
  const predicateType = predicateTypes.waiver
  const store = subject.image?.store ?? parts.store(stop.repository)
  const told = {
    kind: 'waiver' as const,
    application: stop.application,
    environment: stop.environment,
    repository: store.repository ? formatRepository(store.repository) : store.location,
    digest: subject.image?.digest ?? placeDigest(stop),
    predicateType,
    summary: summaryOf(predicate, subject),
  }
  if (subject.image) {
    if (dryRun) return { ...told, outcome: 'planned' }
    const attached = { store, image: subject.image, predicateType, predicate, signer }
    return { ...told, ...(await attachOnce(attached, (other) => sameWords(other, predicate), parts)) }
  }
  const isSame = (one: { readonly predicate: Waiver }) => sameWords({ ...one.predicate }, predicate)
  const signed = await signOrder({ stop, predicateType, predicate, signer }, parts)
  if (dryRun) return { ...told, outcome: 'planned' }
  const { payload, signer: by } = signed.judged
  const same = order.before.find(
    ({ waiver, flaw, about }) => !flaw && about === 'place' && waiver.signer.id === by.id && isSame(waiver),
  )
  if (same) return { ...told, outcome: 'already', payload: same.waiver.payload, signer: by.id }
  await appendOrder(signed, stop, parts)
  return { ...told, outcome: 'attached', payload, signer: by.id }
}

/** The same waiver with the same end. */
function sameWords(other: Readonly<Record<string, unknown>>, mine: Waiver): boolean {
  const { createdOn: _earlier, ...before } = other
  const { createdOn: _now, ...after } = mine
  return isDeepStrictEqual(before, after)
}

function summaryOf(predicate: Waiver, subject: WaiverSubject): string {
  const { gate, findings, packages, notAfter, environment } = predicate
  const { image } = subject
  const unheardOf = unheardOfText(predicate, subject)
  const what = findings ? `${gate} ${findings.join(', ')}` : `the whole gate ${gate}`
  const where = packages ? ` in ${packages.join(', ')}` : ''
  return `waives ${what}${where} for ${image ? shortDigest(image.digest) : 'every image'} in ${environment} until ${notAfter}${unheardOf}`
}

/** Whoever mistypes an id has waived nothing; of rules that a gate makes up itself nothing signed tells. */
const SCANNED: readonly string[] = ['vulnerabilities', 'secrets', 'misconfiguration', 'sast']

function unheardOfText({ gate, findings }: Waiver, { image, evidence }: WaiverSubject): string {
  if (!image || !findings || !SCANNED.includes(gate)) return ''
  const reports = evidence.valid.filter(({ predicateType }) => predicateType !== predicateTypes.waiver)
  const said = reports.map(({ statement }) => JSON.stringify(statement.predicate)).join('\n')
  const unheard = findings.filter((id) => !said.includes(JSON.stringify(id)))
  return unheard.length > 0 ? `; nothing signed about the image names ${unheard.join(', ')}` : ''
}
