import { fail, isObject, parseJson, printableLine } from '../base/index.ts'
import { predicateName, predicateTypes, predicateUri } from '../attestation/index.ts'
import { resolveImage } from '../assessment/index.ts'
import type { ResolvedImage } from '../assessment/index.ts'
import { formatRepository, shortDigest } from '../oci/index.ts'
import { attachOnce } from './attach-statement.ts'
import type { AttachedFact, AttestCommand } from './commands.ts'
import { promotionErrors } from './errors.ts'
import type { FactClass, Parts } from './road.ts'

/** A claim ready to be signed. */
interface Claim {
  readonly predicateType: string
  readonly predicate: Readonly<Record<string, unknown>>
  /** Which of the configured keys says this. */
  readonly fact: FactClass
  /** One line for people. */
  readonly summary: string
}

/**
 * Signs a fact about an image and attaches it. The same fact by the same signer is attached once.
 * @throws PREDICATE_INVALID, SIGNER_UNTRUSTED
 */
export async function attest(command: AttestCommand, parts: Parts): Promise<AttachedFact> {
  const claim = await claimOf(command, parts)
  const { store, name } = await findSubject(command, parts)
  const image = await resolveImage(store, name)
  const told = {
    ...placeTold(command, image),
    kind: 'attestation' as const,
    predicateType: claim.predicateType,
    summary: `${claim.summary} on ${shortDigest(image.digest)}`,
  }
  const signer =
    command.key === undefined
      ? await parts.signer(claim.fact)
      : await parts.asSigner(await parts.readKey(command.key), claim.fact)
  if (command.dryRun) return { ...told, outcome: 'planned' }
  const { predicateType, predicate } = claim
  const same = (other: Readonly<Record<string, unknown>>) =>
    JSON.stringify(other) === JSON.stringify(predicate)
  return { ...told, ...(await attachOnce({ store, image, predicateType, predicate, signer }, same, parts)) }
}

/** Where the image is that the command names. */
export function findSubject(
  { application, environment, image }: Pick<AttestCommand, 'application' | 'environment' | 'image'>,
  parts: Parts,
): ReturnType<Parts['openImage']> {
  const { repository } = parts.stop(application, environment ?? parts.environments()[0] ?? '')
  return parts.openImage(image, repository)
}

/** Which image a fact is about, as answers say it. */
export function placeTold(
  { application }: Pick<AttestCommand, 'application'>,
  { store, digest }: ResolvedImage,
) {
  const repository = store.repository ? formatRepository(store.repository) : store.location
  return { application, repository, digest }
}

async function claimOf({ claim }: AttestCommand, parts: Parts): Promise<Claim> {
  if (claim.kind === 'signature') {
    return {
      predicateType: predicateTypes.signature,
      predicate: {},
      fact: 'signature',
      summary: 'image signature',
    }
  }
  const predicateType = predicateUri(claim.type)
  if (!predicateType) {
    const known = Object.keys(predicateTypes).join(', ')
    throw fail(promotionErrors.PREDICATE_INVALID, {
      message: `Found the predicate type "${printableLine(claim.type)}", expected a URI or one of ${known}.`,
    })
  }
  const predicate = readPredicate(await parts.readFile(claim.file), claim.file)
  return { predicateType, predicate, fact: factOf(predicateType), summary: predicateName(predicateType) }
}

/** Which of the configured keys signs a type: `build` provenance, `tests` every kind of test result, else its own. */
export function factOf(predicateType: string): FactClass {
  if (predicateType === predicateTypes.provenance) return 'build'
  return predicateType === predicateTypes['test-result'] ? 'tests' : predicateName(predicateType)
}

function readPredicate(bytes: Uint8Array, file: string): Readonly<Record<string, unknown>> {
  const refuse = (message: string, cause?: unknown) =>
    fail(promotionErrors.PREDICATE_INVALID, { message, where: file, cause })
  let value: unknown
  try {
    value = parseJson(bytes, file)
  } catch (cause) {
    throw refuse((cause as Error).message, cause)
  }
  if (isObject(value)) return value
  throw refuse('Found no JSON object, expected the predicate alone (not a whole statement).')
}
