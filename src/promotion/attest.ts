import { fail, isObject, parseJson, printableLine } from '../base/index.ts'
import { predicateName, predicateTypes, predicateUri } from '../attestation/index.ts'
import { resolveImage } from '../assessment/index.ts'
import { formatRepository, shortDigest } from '../oci/index.ts'
import { attachOnce } from './attach-statement.ts'
import type { AttachedFact, AttestCommand } from './commands.ts'
import { promotionErrors } from './errors.ts'
import type { FactClass, Parts } from './road.ts'

/** A claim ready to be signed. */
export interface Claim {
  readonly predicateType: string
  readonly predicate: Readonly<Record<string, unknown>>
  /** Which of the configured keys says this. */
  readonly fact: FactClass
  /** One line for people. */
  readonly summary: string
}

/** Turns test reports into a claim; passed in because reading reports is another room's work. */
export type ReadTests = (suite: string, files: readonly string[]) => Promise<Claim>

/**
 * Signs a fact about an image and attaches it. The same fact by the same signer is attached once.
 * @throws PREDICATE_INVALID, SIGNER_UNTRUSTED
 */
export async function attest(
  command: AttestCommand,
  readTests: ReadTests,
  parts: Parts,
): Promise<AttachedFact> {
  const claim = await claimOf(command, readTests, parts)
  const environment = command.environment ?? parts.environments()[0] ?? ''
  const home = parts.stop(command.application, environment).repository
  const { store, name } = await parts.openImage(command.image, home)
  const image = await resolveImage(store, name)
  const told = {
    kind: 'attestation' as const,
    application: command.application,
    repository: store.repository ? formatRepository(store.repository) : store.location,
    digest: image.digest,
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

async function claimOf({ claim }: AttestCommand, readTests: ReadTests, parts: Parts): Promise<Claim> {
  if (claim.kind === 'junit') return readTests(claim.suite, claim.files)
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
  const name = predicateName(predicateType)
  return { predicateType, predicate, fact: name, summary: name }
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
