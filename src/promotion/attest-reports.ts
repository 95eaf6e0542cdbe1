import { isObject, timestamp } from '../base/index.ts'
import { REPORT } from '../attestation/index.ts'
import { resolveImage } from '../assessment/index.ts'
import type { ResolvedImage } from '../assessment/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { Signer } from '../signing/index.ts'
import { attachOnce } from './attach-statement.ts'
import { factOf, findSubject, placeTold } from './attest.ts'
import type { AttachedFact, AttachedFacts, AttestReportsCommand } from './commands.ts'
import { reportSubjects } from './report-subjects.ts'
import type { ReportAbout, ReportSubjects } from './report-subjects.ts'
import type { Parts } from './road.ts'

/** What a report turned into, as the rooms that read reports hand it on. */
export interface ReadClaim extends ReportAbout {
  readonly predicateType: string
  readonly predicate: Readonly<Record<string, unknown>>
  /** The file, or whatever it came from. */
  readonly where: string
  /** One line for people. */
  readonly summary: string
}

/** Reads what the command names; passed in because reading reports is another room's work. */
export type ReadReports = (reports: AttestReportsCommand['reports']) => Promise<readonly ReadClaim[]>

/**
 * Signs what reports say about an image, a statement for each claim. All of them are read and held against the image
 * before the first is signed.
 * @throws what `read` throws, REPORT_SUBJECT, REPORT_PLATFORM, SIGNER_UNTRUSTED
 */
export async function attestReports(
  command: AttestReportsCommand,
  read: ReadReports,
  parts: Parts,
): Promise<AttachedFacts> {
  const claims = await read(command.reports)
  const { store, name } = await findSubject(command, parts)
  return attachClaims(claims, await resolveImage(store, name), command, parts)
}

/** What of the command matters once the image is known. */
export type AttachCommand = Pick<AttestReportsCommand, 'application' | 'platform' | 'key' | 'dryRun'>

/** The same for claims about an image that has been read. @throws REPORT_SUBJECT, REPORT_PLATFORM, SIGNER_UNTRUSTED */
export async function attachClaims(
  claims: readonly ReadClaim[],
  image: ResolvedImage,
  command: AttachCommand,
  parts: Parts,
): Promise<AttachedFacts> {
  const ready = claims.map((claim) => ({
    claim,
    about: reportSubjects(claim, command.platform, image, claim.where),
  }))
  const attestations: AttachedFact[] = []
  for (const { claim, about } of ready)
    attestations.push(await attestOne(claim, about, image, command, parts))
  const { application, repository, digest } = placeTold(command, image)
  return { kind: 'attestations', application, repository, digest, attestations }
}

async function attestOne(
  claim: ReadClaim,
  { subjects, platform }: ReportSubjects,
  image: ResolvedImage,
  command: AttachCommand,
  parts: Parts,
): Promise<AttachedFact> {
  const { predicateType } = claim
  const predicate = stamped(claim.predicate, platform, parts.clock.now())
  const told = {
    ...placeTold(command, image),
    kind: 'attestation' as const,
    predicateType,
    ...(platform && { platform }),
    summary: `${claim.summary} on ${shortDigest(image.digest)}${platform ? ` (${platform})` : ''}`,
  }
  const signer = await signerFor(predicateType, command, parts)
  if (command.dryRun) return { ...told, outcome: 'planned', subjects, predicate }
  const same = (other: Readonly<Record<string, unknown>>) => unstamped(other) === unstamped(predicate)
  const order = { store: image.store, image, subjects, predicateType, predicate, signer }
  return { ...told, ...(await attachOnce(order, same, parts)) }
}

async function signerFor(predicateType: string, { key }: AttachCommand, parts: Parts): Promise<Signer> {
  const fact = factOf(predicateType)
  return key === undefined ? parts.signer(fact) : parts.asSigner(await parts.readKey(key), fact)
}

type Predicate = Readonly<Record<string, unknown>>

/** Adds to Waybill's account of the report what only now is known: when it is signed, and about which platform. */
function stamped(predicate: Predicate, platform: string | undefined, now: Date): Predicate {
  const facts = predicate[REPORT]
  if (!isObject(facts)) return predicate
  return { ...predicate, [REPORT]: { ...facts, ...(platform && { platform }), attestedOn: timestamp(now) } }
}

/** Signed again at another time, the same report says the same. */
function unstamped(predicate: Predicate): string {
  const facts = predicate[REPORT]
  if (!isObject(facts)) return JSON.stringify(predicate)
  return JSON.stringify({ ...predicate, [REPORT]: { ...facts, attestedOn: undefined } })
}
