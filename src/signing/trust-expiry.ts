import { fail } from '../base/index.ts'
import { signingErrors } from './errors.ts'
import type { TrustPolicy } from './trust.ts'

/** Nothing is judged under a policy nobody has looked at in time: it may still name who was removed since. @throws TRUST_EXPIRED */
export function checkExpiry({ expires }: TrustPolicy, now: Date): void {
  if (!expires || now <= expires) return
  throw fail(signingErrors.TRUST_EXPIRED, {
    message: `The trust policy expired on ${expires.toISOString()}; now it is ${now.toISOString()}.`,
  })
}
