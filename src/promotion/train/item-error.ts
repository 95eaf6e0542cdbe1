import { baseErrors, fail, systemReason, WaybillError } from '../../base/index.ts'
import type { ItemError, TrainItem } from '../train-answer.ts'

/** What was thrown, as how the item ended. What is no error of Waybill's is a defect, or the interruption. */
export function failedItem(thrown: unknown, interrupted: boolean): Pick<TrainItem, 'outcome' | 'error'> {
  const error = named(thrown, interrupted)
  const outcome = error.exit === 3 ? 'refused' : error.exit === 4 ? 'pending' : 'error'
  return { outcome, error: documentOf(error) }
}

function documentOf({ code, message, where, next, detail }: WaybillError): ItemError {
  return { kind: 'error', code, message, ...(where !== undefined && { where }), next, detail }
}

function named(thrown: unknown, interrupted: boolean): WaybillError {
  if (interrupted) {
    return fail(baseErrors.INTERRUPTED, { message: 'interrupted while it was under way', cause: thrown })
  }
  if (thrown instanceof WaybillError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return fail(baseErrors.INTERNAL, { message: systemReason(thrown) ?? message, cause: thrown })
}
