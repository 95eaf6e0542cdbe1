import { baseErrors, fail, printable, systemReason, WaybillError } from '../base/index.ts'
import type { Paint } from '../report/index.ts'
import { cliErrors } from './errors.ts'

/** Whatever was thrown, as an error with a code. What Waybill does not know is a defect: INTERNAL. */
export function asFailure(error: unknown, interrupted: boolean): WaybillError {
  if (interrupted) {
    return fail(baseErrors.INTERRUPTED, { message: 'interrupted; run the same command again', cause: error })
  }
  if (error instanceof WaybillError) return error
  const reason = systemReason(error)
  if (reason !== undefined) return refusedBySystem(error as NodeJS.ErrnoException, reason)
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return fail(baseErrors.INTERNAL, { message, cause: error })
}

/** A full disk, a read-only folder: nothing is wrong with Waybill or the configuration. */
function refusedBySystem(error: NodeJS.ErrnoException, reason: string): WaybillError {
  const { path, syscall } = error
  return fail(cliErrors.SYSTEM_REFUSED, {
    message: `The operating system refused ${syscall ?? 'a call'}: ${reason}.`,
    ...(path && { where: path }),
    cause: error,
  })
}

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
