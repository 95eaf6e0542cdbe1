import { fail, isFailure } from '../base/index.ts'
import type { Send } from '../cloud/index.ts'
import { registryErrors } from '../registry/index.ts'
import { signingErrors } from '../signing/index.ts'
import type { KeyServiceAccess } from '../signing/index.ts'

/** Key services over the connections of the registry client, whose errors would speak of registries. */
export function keyServiceAccess(env: NodeJS.ProcessEnv, send: Send): KeyServiceAccess {
  return {
    env,
    send: async (request) => {
      try {
        return await send(request)
      } catch (cause) {
        const { REGISTRY_UNREACHABLE, REGISTRY_ANSWER_INVALID } = registryErrors
        if (!isFailure(cause, REGISTRY_UNREACHABLE, REGISTRY_ANSWER_INVALID)) throw cause
        const { message, retryable, where = request.url.host } = cause
        throw fail({ ...signingErrors.KMS_UNAVAILABLE, retryable }, { message, where, cause })
      }
    },
  }
}
