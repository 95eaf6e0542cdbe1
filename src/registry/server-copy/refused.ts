import { fail, isObject, parseSecretJson, printableLine } from '../../base/index.ts'
import type { Incoming } from '../../cloud/index.ts'
import { registryErrors } from '../errors.ts'

/** A service said no, or something that its documentation does not know. */
export function refused(host: string, { status, body }: Incoming) {
  return failed(host, `${host} answered ${status}${complaintIn(body)}.`)
}

export function failed(host: string, message: string) {
  return fail(registryErrors.SERVER_COPY_FAILED, { message, where: host })
}

/** ARM says `{error: {code, message}}`, Harbor `{errors: [{code, message}]}`. */
export function complaintIn(body: Buffer | undefined): string {
  const json = body?.length ? parseSecretJson(body, 'error answer') : undefined
  const errors = isObject(json) ? [json.error ?? json.errors].flat() : []
  const [first] = errors.filter(isObject)
  const words = [first?.code, first?.message].filter((word) => typeof word === 'string')
  return words.length > 0 ? ` (${printableLine(words.join(': '), 300)})` : ''
}
