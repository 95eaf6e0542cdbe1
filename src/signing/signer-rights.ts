import { fail } from '../base/index.ts'
import { predicateName } from '../attestation/index.ts'
import type { Statement } from '../attestation/index.ts'
import { isAboutEnvironment, namesEnvironment } from './asserted-environment.ts'
import { signingErrors } from './errors.ts'
import type { FoundSigner } from './find-signer.ts'
import type { TrustedSigner } from './trust.ts'

/** When and where a statement is judged. */
export interface Circumstances {
  readonly now: Date
  /** `host/path` of the repository the image is in. */
  readonly repository?: string
}

/**
 * May this signer state this, here, now? Every condition the policy sets must hold; one that cannot be judged does
 * not hold.
 * @throws SIGNER_NOT_ALLOWED naming the first condition that does not hold
 */
export function checkRights({ signer, times }: FoundSigner, statement: Statement, at: Circumstances): void {
  const what = predicateName(statement.predicateType)
  if (!signer.mayAssert.has(statement.predicateType)) throw refused(signer, `may not assert ${what}`)
  checkTime(signer, earliest(times), at.now)
  const { environments, repositories } = signer
  if (
    environments &&
    namesEnvironment(statement.predicateType) &&
    !isAboutEnvironment(statement, environments)
  )
    throw refused(signer, `may assert ${what} for ${environments.join(', ')} only, and this is for another`)
  if (repositories && !repositories.some((matches) => matches(at.repository ?? '')))
    throw refused(signer, `does not count for images in ${at.repository ?? 'an unknown repository'}`)
}

/** The earliest proven time is the one by which the signature existed; a later one says nothing more. */
export function earliest(times: readonly Date[]): Date | undefined {
  return times.length === 0 ? undefined : new Date(Math.min(...times.map((time) => time.getTime())))
}

function checkTime(signer: TrustedSigner, proven: Date | undefined, now: Date): void {
  const { revoked } = signer
  if (revoked && !(proven && proven < revoked.at)) throw revokedSigner(signer, revoked, proven)
  // Without a trusted time only the present is certain; the statement's own date is a claim.
  const time = proven ?? now
  if (isValidAt(signer, time)) return
  const proof = proven ? '' : ', and no timestamp proves another time'
  throw refused(signer, `is not valid at ${time.toISOString()}${proof}`)
}

function revokedSigner(
  { id }: TrustedSigner,
  { at, reason }: NonNullable<TrustedSigner['revoked']>,
  proven: Date | undefined,
) {
  const why = reason === undefined ? '' : ` (${reason})`
  const proof = proven
    ? `this is proven for ${proven.toISOString()}`
    : 'no timestamp proves that this is older'
  return fail(
    signingErrors.SIGNER_REVOKED,
    `Signed by ${id}, who is revoked from ${at.toISOString()} on${why}; ${proof}.`,
  )
}

function isValidAt({ validFor }: TrustedSigner, time: Date): boolean {
  return (!validFor.start || validFor.start <= time) && (!validFor.end || time <= validFor.end)
}

function refused(signer: TrustedSigner, why: string) {
  return fail(signingErrors.SIGNER_NOT_ALLOWED, `Signed by ${signer.id}, who ${why}.`)
}
