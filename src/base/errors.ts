/** What the process exits with (DESIGN §6): 1 could not tell, 2 usage, 3 refused, 4 pending. */
export type ExitCode = 1 | 2 | 3 | 4

/** One row of a room's error table. `about` and `next` feed `docs/errors.md`. */
export interface ErrorSpec {
  readonly exit: ExitCode
  /** One sentence: what happened. */
  readonly about: string
  /** One sentence: what the user does next. */
  readonly next: string
  /** True when the same call may succeed later without any change. */
  readonly retryable?: boolean
}

/** A room's table of stable error codes: `CODE → spec`. */
export type ErrorTable = Readonly<Record<string, ErrorSpec>>

/** An error table's entry with its code, as `fail` takes it. */
export interface DeclaredError extends ErrorSpec {
  readonly code: string
}

/** Declares a room's errors. Codes are stable and public: never rename one. */
export function declareErrors<T extends ErrorTable>(table: T): { readonly [K in keyof T]: DeclaredError } {
  const entries = Object.entries(table).map(([code, spec]) => [code, { code, ...spec }])
  return Object.fromEntries(entries) as { readonly [K in keyof T]: DeclaredError }
}

export interface FailureDetail {
  /** What was found and what was expected, in one sentence. */
  readonly message: string
  /** The place: a reference, a file with line and column, a host. */
  readonly where?: string
  /** Replaces the table's `next` when the situation allows better advice. */
  readonly next?: string
  readonly cause?: unknown
  /** Facts for `-o json`; never secrets. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/** The one error class of Waybill: a stable code, a plain message, the place and the next step. */
export class WaybillError extends Error {
  override readonly name = 'WaybillError'
  readonly code: string
  readonly exit: ExitCode
  readonly retryable: boolean
  readonly where: string | undefined
  readonly next: string
  readonly detail: Readonly<Record<string, unknown>>

  constructor(declared: DeclaredError, given: FailureDetail) {
    super(given.message, given.cause === undefined ? undefined : { cause: given.cause })
    this.code = declared.code
    this.exit = declared.exit
    this.retryable = declared.retryable ?? false
    this.where = given.where
    this.next = given.next ?? declared.next
    this.detail = given.detail ?? {}
  }
}

/** Builds the error to throw: `throw fail(errors.CODE, { message, where })`. */
export function fail(declared: DeclaredError, detail: FailureDetail | string): WaybillError {
  return new WaybillError(declared, typeof detail === 'string' ? { message: detail } : detail)
}

/** True when `error` carries one of the given codes. */
export function isFailure(error: unknown, ...declared: readonly DeclaredError[]): error is WaybillError {
  return (
    error instanceof WaybillError && (declared.length === 0 || declared.some((d) => d.code === error.code))
  )
}

/** What `read` gives; undefined when it throws a failure of Waybill's. Anything else is thrown on. */
export function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}

export const baseErrors = declareErrors({
  JSON_INVALID: {
    exit: 1,
    about:
      'Bytes that should be JSON are not, or use what Waybill refuses: a duplicate key, too much depth, invalid UTF-8.',
    next: 'Look at who wrote these bytes; Waybill does not guess what was meant.',
  },
  LIMIT_EXCEEDED: {
    exit: 1,
    about: 'Something from outside is larger than the limit.',
    next: 'Check the source; a registry or file this large is either broken or hostile.',
  },
  COMMAND_FAILED: {
    exit: 1,
    about: 'An outside program could not be started, failed or ran out of time.',
    next: 'Read the output shown; install or repair the program and run again.',
  },
  INTERRUPTED: {
    exit: 1,
    about: 'The run was interrupted by a signal.',
    next: 'Run the same command again; it continues where it stopped.',
    retryable: true,
  },
  INTERNAL: {
    exit: 1,
    about: 'Waybill met a state it does not know. This is a defect in Waybill.',
    next: 'Run again with WAYBILL_DEBUG=1 and report what it prints.',
  },
})
