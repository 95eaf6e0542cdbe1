import { fail, printableLine } from '../base/index.ts'
import { approval, predicateTypes, readBuild, statementsOf, vouchedBy } from '../attestation/index.ts'
import type { Evidence, VerifiedStatement } from '../attestation/index.ts'
import { buildOf, digestGraph, evidenceOn, resolveImage } from '../assessment/index.ts'
import type { ResolvedImage } from '../assessment/index.ts'
import { formatRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { Parts } from '../promotion/index.ts'
import type { PromotionEntry, TraceAnswer } from './answers.ts'
import { evidenceEntries, promotionEntry } from './entries.ts'
import { insightErrors } from './errors.ts'
import { chainsOf, digestMeant, matchIn } from './locate.ts'
import type { Chain, Located } from './locate.ts'

/**
 * From anything that runs (index, platform manifest or config digest, reference, tag) back to commit, build,
 * tests, approvals and records.
 * @throws IMAGE_UNTRACEABLE, RECORD_*
 */
export async function trace(
  query: string,
  applications: readonly string[],
  parts: Parts,
): Promise<TraceAnswer> {
  for (const application of applications) {
    const digest = await digestMeant(query, application, parts)
    if (!digest) continue
    const chains = await chainsOf(application, parts)
    const located = matchIn(chains, digest) ?? { application, digest, match: 'index' as const }
    const image = await findImage(located.digest, application, parts)
    if (image) return answer({ query, located, chains, image }, parts)
  }
  throw fail(insightErrors.IMAGE_UNTRACEABLE, {
    message: `Found no trace of "${printableLine(query)}" in ${applications.join(', ')}.`,
  })
}

interface Found {
  readonly query: string
  readonly located: Located
  readonly chains: readonly Chain[]
  readonly image: ResolvedImage
}

async function answer({ query, located, chains, image }: Found, parts: Parts): Promise<TraceAnswer> {
  const evidence = await evidenceEverywhere(located, parts)
  const build = buildOf(evidence)
  const promotions = promotionsOf(chains, located.digest)
  const version = promotions.find((entry) => entry.version)?.version
  const commit = build?.commit ?? image.annotations['org.opencontainers.image.revision']
  const source = build?.source ?? image.annotations['org.opencontainers.image.source']
  const origin = buildAnswer(evidence)
  return {
    kind: 'trace',
    query,
    digest: located.digest,
    match: located.match,
    application: located.application,
    platforms: digestGraph(image),
    evidence: evidenceEntries(evidence),
    approvals: approvalsOf(evidence),
    promotions,
    running: runningIn(chains, located.digest),
    ...(commit && { commit }),
    ...(source && { source }),
    ...(version && { version }),
    ...(origin && { build: origin }),
  }
}

function promotionsOf(chains: readonly Chain[], digest: Digest): readonly PromotionEntry[] {
  const entries = chains.flatMap(({ records }) =>
    records
      .filter((record) => record.digest === digest)
      .map((record) => promotionEntry(record, record === records[0]))
      .toReversed(),
  )
  return entries.toSorted((a, b) => a.finishedOn.localeCompare(b.finishedOn))
}

function runningIn(chains: readonly Chain[], digest: Digest): TraceAnswer['running'] {
  return chains.flatMap(({ stop, records: [head] }) =>
    head?.digest === digest
      ? [
          {
            environment: stop.environment,
            since: head.predicate.finishedOn,
            repository: formatRepository(stop.repository),
          },
        ]
      : [],
  )
}

/** The digest's evidence in every repository of the application, each statement once. */
async function evidenceEverywhere({ application, digest }: Located, parts: Parts): Promise<Evidence> {
  const stores = storesOf(application, parts)
  const found = await Promise.all(
    stores.map(
      async (store) =>
        (await store.head(digest)) && evidenceOn(store, digest, parts.trust, parts.clock.now()),
    ),
  )
  const all = found.filter((evidence) => evidence !== undefined)
  const valid = new Map(
    all.flatMap((evidence) =>
      evidence.valid.map((statement) => [`${statement.signer.id} ${statement.payload}`, statement]),
    ),
  )
  const unusable = new Map(
    all.flatMap((evidence) => evidence.unusable.map((entry) => [entry.origin.manifest, entry])),
  )
  return { valid: [...valid.values()], unusable: [...unusable.values()] }
}

async function findImage(
  digest: Digest,
  application: string,
  parts: Parts,
): Promise<ResolvedImage | undefined> {
  for (const store of storesOf(application, parts)) {
    if (await store.head(digest)) return resolveImage(store, digest)
  }
  return undefined
}

/** One store per repository: environments may share one. */
function storesOf(application: string, parts: Parts): readonly ImageStore[] {
  const repositories = parts
    .environments()
    .map((environment) => parts.stop(application, environment).repository)
  return [
    ...new Map(
      repositories.map((repository) => [formatRepository(repository), parts.store(repository)]),
    ).values(),
  ]
}

function buildAnswer(evidence: Evidence): TraceAnswer['build'] {
  const told = evidence.valid.flatMap((statement) => {
    const facts = readBuild(statement.statement)
    return facts ? [{ statement, facts }] : []
  })
  // Two accounts of one build: the one that somebody vouches for.
  const best = told.find(({ facts }) => facts.issuer !== undefined) ?? told[0]
  if (!best) return undefined
  const { statement, facts } = best
  const { event, branch, author, invocation, finishedOn } = facts
  return {
    builder: facts.builderId,
    signer: statement.signer.id,
    payload: statement.payload,
    identity: vouchedBy(facts.issuer, facts.vouched),
    ...(event && { event }),
    ...(branch && { branch }),
    ...(author && { author }),
    ...(invocation && { invocation }),
    ...(finishedOn && { finishedOn }),
  }
}

function approvalsOf(evidence: Evidence): TraceAnswer['approvals'] {
  return statementsOf(evidence, predicateTypes.approval).flatMap((statement) => approvalAnswer(statement))
}

function approvalAnswer({ statement, signer, payload }: VerifiedStatement): TraceAnswer['approvals'] {
  const read = approval.safeParse(statement.predicate).data
  if (!read || read.decision !== 'approve') return []
  const { environment, reason, createdOn: at } = read
  return [{ environment, approver: signer.identity ?? signer.id, at, payload, ...(reason && { reason }) }]
}
