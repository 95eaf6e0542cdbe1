import { baseErrors, fail, printable, WaybillError } from '../base/index.ts'
import type { Paint } from '../report/index.ts'

/** Whatever was thrown, as an error with a code. What Waybill does not know is a defect: INTERNAL. */
export function asFailure(error: unknown, interrupted: boolean): WaybillError {
  if (interrupted) {
    return fail(baseErrors.INTERRUPTED, { message: 'interrupted; run the same command again', cause: error })
  }
  if (error instanceof WaybillError) return error
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return fail(baseErrors.INTERNAL, { message, cause: error, next: INTERNAL_NEXT })
}

const INTERNAL_NEXT = 'This is a defect in Waybill. Run again with WAYBILL_DEBUG=1 and report what it prints.'

/** The error as text for a person: code, place, next step. The stack only when asked for. */
export function failureText(error: WaybillError, paint: Paint, debug: boolean): string {
  const lines = [
    `${paint.bad(paint.bold('error'))} ${paint.bold(error.code)}: ${printable(error.message)}`,
    ...(error.where ? [`  at: ${printable(error.where)}`] : []),
    `  next: ${printable(error.next)}`,
    ...(debug ? causes(error).map((cause) => paint.dim(printable(cause))) : []),
  ]
  return `${lines.join('\n')}\n`
}

/** The error as the one JSON document. */
export function failureDocument(error: WaybillError) {
  const { code, message, where, next, detail } = error
  return { kind: 'error', code, message, ...(where !== undefined && { where }), next, detail } as const
}

function causes(error: unknown): readonly string[] {
  const found: string[] = []
  for (let at: unknown = error; at instanceof Error && found.length < 10; at = at.cause) {
    found.push(at.stack ?? String(at))
  }
  return found
}
