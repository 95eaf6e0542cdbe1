import type * as z from 'zod'
import { fail, isFailure, parseJson, printableLine, timestamp } from '../base/index.ts'
import { toolsErrors } from './errors.ts'
import type { RawReport } from './report-reader.ts'

/** A JSON report through its schema. @throws REPORT_INVALID naming the field */
export function shapeOf<T>(report: RawReport, schema: z.ZodType<T>, expected: string): T {
  const read = schema.safeParse(strictJson(report))
  if (read.success) return read.data
  const [issue] = read.error.issues
  const where = issue?.path.join('.') || 'the top level'
  throw invalid(`At ${printableLine(where)}: ${issue?.message ?? 'not as expected'}`, report, expected)
}

function strictJson({ bytes, where }: RawReport): unknown {
  try {
    return parseJson(bytes, where)
  } catch (cause) {
    if (!isFailure(cause)) throw cause
    throw fail(toolsErrors.REPORT_INVALID, { message: cause.message, where, cause })
  }
}

/** The error for a report that is not of its format. */
export function invalid(found: string, { where }: Pick<RawReport, 'where'>, expected: string) {
  return fail(toolsErrors.REPORT_INVALID, { message: `${found}; expected ${expected}.`, where })
}

/** The error for a report of a tool that looked at nothing. */
export function empty(message: string, { where }: Pick<RawReport, 'where'>) {
  return fail(toolsErrors.REPORT_EMPTY, { message, where })
}

/** The error for a report of a tool that broke. */
export function failed(message: string, { where }: Pick<RawReport, 'where'>) {
  return fail(toolsErrors.REPORT_FAILED, { message, where })
}

const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/

/** A tool's time → RFC 3339 in UTC; undefined when it has no time zone, for then nobody knows when it was. */
export function instant(text: string | undefined): string | undefined {
  if (text === undefined || !ZONED.test(text)) return undefined
  const date = new Date(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  return Number.isNaN(date.getTime()) ? undefined : timestamp(date)
}

/** Text of a tool, cut for a signed statement; undefined when there is none. */
export function shortText(text: string | null | undefined, length = 200): string | undefined {
  const trimmed = text?.replace(/\s+/g, ' ').trim()
  if (!trimmed) return undefined
  return trimmed.length > length ? `${trimmed.slice(0, length - 1)}…` : trimmed
}

/** What `hints` and the report's own times say, without what nobody says. */
export function known<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
