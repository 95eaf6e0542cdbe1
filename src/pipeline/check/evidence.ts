import { fail, timestamp } from '../../base/index.ts'
import { makeCommitStatement, predicateTypes } from '../../attestation/index.ts'
import type { StatementOrigin } from '../../attestation/index.ts'
import { digestOf } from '../../oci/index.ts'
import { writeAtomically } from '../../registry/index.ts'
import { signingErrors, signStatement, verifySigned } from '../../signing/index.ts'
import { toolsErrors } from '../../tools/index.ts'
import type { ReportClaim } from '../../tools/index.ts'
import type { CheckOutputs, CheckParts } from './check-parts.ts'
import { withFacts } from './claim-facts.ts'
import type { CheckOutcome } from '../check-outcome.ts'
import type { CleanSource } from './source-tree.ts'

/** Are the keys there? Asked before any tool runs. @throws KEY_UNCONFIGURED, KEY_UNREADABLE, KEY_INVALID, KEY_PASSWORD */
export async function signersReady(scansPackages: boolean, { signer }: CheckParts): Promise<void> {
  await signer(predicateTypes['test-result'])
  if (scansPackages) await signer(predicateTypes.vulnerabilities)
}

/**
 * Signs every claim as a statement about the commit, a Sigstore bundle on each line; what failed as well, for a
 * failure that is withheld would be a pass. A file that Waybill itself would not believe is not written.
 * @throws SIGNER_UNTRUSTED
 */
export async function writeEvidence(
  claims: readonly ReportClaim[],
  source: CleanSource,
  { path, shown }: NonNullable<CheckOutputs['evidence']>,
  parts: CheckParts,
): Promise<NonNullable<CheckOutcome['evidence']>> {
  const lines: Buffer[] = []
  for (const claim of claims) lines.push(await signed(claim, source, parts), Buffer.from('\n'))
  await writeAtomically(path, async (file) => {
    await file.writeFile(Buffer.concat(lines))
  })
  return { file: shown, statements: claims.length }
}

async function signed(claim: ReportClaim, source: CleanSource, parts: CheckParts): Promise<Buffer> {
  const now = parts.clock.now()
  const { predicateType, predicate } = withFacts(claim, { attestedOn: timestamp(now) })
  const statement = makeCommitStatement(source, predicateType, predicate)
  const { bytes } = await signStatement(statement, await parts.signer(predicateType))
  const content = { format: 'bundle', bytes, origin: inFile(bytes) } as const
  const judged = verifySigned(content, `gitCommit:${source.commit}`, parts.trust, { now })
  if (!('state' in judged)) return bytes
  throw fail(signingErrors.SIGNER_UNTRUSTED, {
    message: `The trust policy would not accept this ${predicateType}: ${judged.reason}`,
    next: 'Add the public key to trust.yaml with this fact in mayAssert, or sign with the key that is there.',
  })
}

/** Where a bundle of a file was found: in itself. */
export function inFile(bundle: Buffer): StatementOrigin {
  return { manifest: digestOf(bundle), format: 'bundle' }
}

/** Only what a gate can read may be a check: a list of packages says nothing about what is wrong. @throws REPORT_UNKNOWN */
export function refuseDocument(claim: ReportClaim, where: string): void {
  if (claim.kind !== 'sbom' && claim.kind !== 'vex') return
  throw fail(toolsErrors.REPORT_UNKNOWN, {
    message: `Found ${claim.format}, expected a report of findings or tests.`,
    where,
    next: 'Attach it to the image with "waybill attest --report".',
  })
}
