import { fail } from '../../base/index.ts'
import { signingErrors } from '../errors.ts'

/** The reference does not have the form of its service. */
export function notAReference(reference: string, expected: string, next?: string) {
  return fail(signingErrors.KMS_REFERENCE_INVALID, {
    message: `Found a key reference of another form, expected ${expected}.`,
    where: reference,
    ...(next && { next }),
  })
}

/** This environment has nothing to prove itself to the service with. */
export function noIdentity(service: string, where: string, next: string) {
  return fail(signingErrors.KMS_IDENTITY_MISSING, {
    message: `This environment holds no identity for ${service}.`,
    where,
    next,
  })
}
