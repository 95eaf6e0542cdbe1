import { fail, parseJson } from '../base/index.ts'
import { openVexDocument, predicateTypes } from '../attestation/index.ts'
import { formatRepository, shortDigest } from '../oci/index.ts'
import { attachOnce } from './attach-statement.ts'
import type { AttachedFact, VexCommand } from './commands.ts'
import { promotionErrors } from './errors.ts'
import type { Parts } from './road.ts'
import { imageSubject } from './waive.ts'

/**
 * Signs an OpenVEX document about an image, as evidence of type `vex`.
 * @throws PREDICATE_INVALID, SIGNER_UNTRUSTED
 */
export async function attachVex(command: VexCommand, parts: Parts): Promise<AttachedFact> {
  const stop = parts.stop(command.application, command.environment)
  const predicate = readDocument(await parts.readFile(command.file), command.file)
  const { image } = await imageSubject(command.image, stop, parts)
  const { store } = image
  const told = {
    kind: 'attestation' as const,
    application: stop.application,
    environment: stop.environment,
    repository: store.repository ? formatRepository(store.repository) : store.location,
    digest: image.digest,
    predicateType: predicateTypes.vex,
    summary: `OpenVEX with ${predicate.statements.length} statements on ${shortDigest(image.digest)}`,
  }
  const signer = await parts.readKey(command.key)
  if (command.dryRun) return { ...told, outcome: 'planned' }
  const same = (other: object) => JSON.stringify(other) === JSON.stringify(predicate)
  const order = { store, image, predicateType: predicateTypes.vex, predicate, signer }
  return { ...told, ...(await attachOnce(order, same, parts)) }
}

function readDocument(bytes: Uint8Array, file: string) {
  let json: unknown
  try {
    json = parseJson(bytes, file)
  } catch (cause) {
    throw fail(promotionErrors.PREDICATE_INVALID, { message: (cause as Error).message, where: file, cause })
  }
  const read = openVexDocument.safeParse(json)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const message = `Found no OpenVEX document: ${issue?.path.join('.') || 'top level'}: ${issue?.message}.`
  throw fail(promotionErrors.PREDICATE_INVALID, { message, where: file })
}
