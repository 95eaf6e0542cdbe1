import {
  approval,
  claimedOn,
  breakGlass,
  passMark,
  predicateName,
  predicateTypes,
  promotionRecord,
  provenanceTypes,
  readBuild,
  reportIn,
  sbomOf,
  vulnerabilityScan,
  waiver,
} from '../attestation/index.ts'
import type { Evidence, Statement, UnusableStatement, VerifiedStatement } from '../attestation/index.ts'
import type { ChainRecord } from '../assessment/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { EvidenceEntry, PromotionEntry } from './answers.ts'
import { sbomSummary, scanSummary } from './content-summary.ts'
import { testSummary } from './test-summary.ts'

/** A promotion record as people and JSON see it; `current` = it is its environment's newest. */
export function promotionEntry(
  record: Pick<ChainRecord, 'predicate' | 'payload' | 'signer' | 'record'>,
  current: boolean,
): PromotionEntry {
  const { predicate } = record
  const { version, commit, requestedBy, reason, previous, approvals, breakGlass: allowedBy } = predicate
  return {
    application: predicate.application,
    environment: predicate.environment,
    kind: predicate.kind,
    sequence: Number(predicate.sequence),
    digest: predicate.image.digest,
    record: record.record,
    payload: record.payload,
    from: predicate.from.environment ?? predicate.from.repository,
    repository: predicate.to.repository,
    tags: predicate.to.tags,
    gates: predicate.gates,
    approvals,
    policyDigest: predicate.policy.digest,
    promoter: `${predicate.promoter.id} ${predicate.promoter.version}`,
    signer: record.signer.id,
    finishedOn: predicate.finishedOn,
    current,
    ...(previous && { previous }),
    ...(allowedBy && { breakGlass: allowedBy }),
    ...(version && { version }),
    ...(commit && { commit }),
    ...(requestedBy && { requestedBy }),
    ...(reason && { reason }),
  }
}

/** All evidence on a digest, one line each, in the order in which it is shown. */
export function evidenceEntries(evidence: Evidence): readonly EvidenceEntry[] {
  return inOrder([...evidence.valid, ...evidence.unusable].map(entryOf))
}

const RANK = { valid: 0, invalid: 1, foreign: 2 } as const

/** What counts first, by the name of its type, then what does not. */
export function inOrder(entries: readonly EvidenceEntry[]): readonly EvidenceEntry[] {
  return entries.toSorted(
    (a, b) => RANK[a.state] - RANK[b.state] || (a.name < b.name ? -1 : Number(a.name > b.name)),
  )
}

/** One piece of evidence as people and JSON see it. */
export function entryOf(judged: VerifiedStatement | UnusableStatement): EvidenceEntry {
  return 'state' in judged ? unusableEntry(judged) : validEntry(judged)
}

function validEntry(given: VerifiedStatement): EvidenceEntry {
  const { statement, predicateType, payload, signer, origin, provenOn } = given
  const { summary, at = claimedOn(statement) } = summaryOf(statement)
  return {
    predicateType,
    name: predicateName(predicateType),
    payload,
    manifest: origin.manifest,
    signer: signer.id,
    summary,
    state: 'valid',
    ...(at && { at }),
    ...(provenOn && { provenOn }),
    ...toolOf(statement),
  }
}

/** Which tool said it, and how old what it knew was. */
function toolOf(statement: Statement): Pick<EvidenceEntry, 'tool' | 'databaseOn'> {
  const report = reportIn(statement.predicate)
  const scan = vulnerabilityScan(statement)
  const { name, version } = report?.tool ?? scan?.tool ?? {}
  const tool = name === undefined ? sbomOf(statement)?.tools[0] : [name, version].filter(Boolean).join(' ')
  const databaseOn = report?.database?.builtOn ?? scan?.databaseOn
  return { ...(tool && { tool }), ...(databaseOn && { databaseOn }) }
}

function unusableEntry(given: UnusableStatement): EvidenceEntry {
  const { state, reason, code, predicateType, payload, origin } = given
  const type = predicateType ?? 'unknown'
  return {
    predicateType: type,
    name: predicateName(type),
    payload: payload ?? origin.manifest,
    manifest: origin.manifest,
    signer: 'unknown',
    summary: reason,
    state,
    code,
  }
}

interface Summary {
  readonly summary: string
  readonly at?: string | undefined
}

type Summarise = (statement: Statement) => Summary | undefined

function provenanceSummary(statement: Statement): Summary | undefined {
  const read = readBuild(statement)
  if (!read) return undefined
  const word =
    read.issuer === undefined
      ? 'claimed'
      : `verified by ${read.issuer}: ${read.vouched.join(', ') || 'nothing'}`
  return { summary: `built by ${read.builderId} (${word})`, at: read.finishedOn }
}

const SUMMARIES: Readonly<Record<string, Summarise>> = {
  [predicateTypes.signature]: () => ({ summary: 'image signature' }),
  ...Object.fromEntries(provenanceTypes.map((type) => [type, provenanceSummary])),
  [predicateTypes['test-result']]: testSummary,
  [predicateTypes.vulnerabilities]: scanSummary,
  [predicateTypes['cosign-vulnerabilities']]: scanSummary,
  [predicateTypes.cyclonedx]: sbomSummary,
  [predicateTypes.spdx]: sbomSummary,
  [predicateTypes.pass]: ({ predicate }) => {
    const read = passMark.safeParse(predicate).data
    return (
      read && {
        summary: `${read.verifier.id.split('/').at(-2) ?? read.verifier.id}: ${read.verificationResult}`,
        at: read.timeVerified,
      }
    )
  },
  [predicateTypes.promotion]: ({ predicate }) => {
    const read = promotionRecord.safeParse(predicate).data
    return (
      read && {
        summary: `${read.kind} into ${read.environment}, record ${read.sequence}`,
        at: read.finishedOn,
      }
    )
  },
  [predicateTypes.approval]: ({ predicate }) => {
    const read = approval.safeParse(predicate).data
    const word = { approve: 'approved', reject: 'rejected' } as const
    return (
      read && {
        summary: `${word[read.decision]} for ${read.environment} by ${read.approver}`,
        at: read.createdOn,
      }
    )
  },
  [predicateTypes.waiver]: ({ predicate }) => {
    const read = waiver.safeParse(predicate).data
    const what = read?.findings ? `${read.gate} ${read.findings.join(', ')}` : `the whole gate ${read?.gate}`
    const inside = read?.packages ? ` in ${read.packages.join(', ')}` : ''
    return (
      read && {
        summary: `waives ${what}${inside} for ${read.environment} until ${read.notAfter}: ${read.reason}`,
        at: read.createdOn,
      }
    )
  },
  [predicateTypes['break-glass']]: ({ predicate }) => {
    const read = breakGlass.safeParse(predicate).data
    return (
      read && {
        summary: `BREAK-GLASS: may be forced into ${read.environment} until ${read.notAfter}: ${read.reason}`,
        at: read.createdOn,
      }
    )
  },
}

function summaryOf(statement: Statement): Summary {
  const known = SUMMARIES[statement.predicateType]?.(statement)
  return (
    known ?? {
      summary: `${predicateName(statement.predicateType)} about ${shortDigest(firstDigest(statement))}`,
    }
  )
}

function firstDigest(statement: Statement): string {
  return `sha256:${statement.subject[0]?.digest.sha256 ?? ''}`
}
