import { fail, limits } from '../base/index.ts'
import { registryErrors } from './errors.ts'

/** An image that no honest registry holds: its end would never be reached, or not be held in memory. */
export function closureTooLarge(where: string) {
  return fail(registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `There are more than ${limits.closureManifests} manifests under one image, or more than ${limits.closureBytes} bytes of them.`,
    where,
  })
}
