import { fail } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'

/** Milliseconds for one answer of a token service or an issuer. */
export const PATIENCE = 20_000

/** @param what `answered 503` */
export function unreachable({ host, pathname }: URL, what: string, cause?: unknown) {
  const where = `${host}${pathname}`
  return fail(toolsErrors.IDENTITY_UNREACHABLE, { message: `${host} ${what}.`, where, cause })
}
