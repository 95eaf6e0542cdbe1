import { fail } from '../base/index.ts'
import { pipelineErrors } from './errors.ts'

/** A builder that ended well did not leave what it promised. */
export function builderFailed(message: string, where: string, cause?: unknown) {
  return fail(pipelineErrors.BUILDER_FAILED, {
    message: `${message}.`,
    where,
    ...(cause !== undefined && { cause }),
  })
}
