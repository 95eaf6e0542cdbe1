import type { CommandContext } from '@stricli/core'

interface TextFlag {
  readonly kind: 'parsed'
  readonly parse: (input: string) => string
  readonly brief: string
  readonly placeholder: string
}

/** A flag that takes text and must be given. */
export function required(placeholder: string, brief: string): TextFlag {
  return { kind: 'parsed', parse: notEmpty, brief, placeholder }
}

/** A flag that takes text and may be left out. */
export function optional(placeholder: string, brief: string) {
  return { kind: 'parsed', parse: notEmpty, brief, placeholder, optional: true } as const
}

/** A flag that may be given several times. */
export function repeated(placeholder: string, brief: string) {
  return { kind: 'parsed', parse: notEmpty, brief, placeholder, optional: true, variadic: true } as const
}

/** A flag that is there or not. */
export function toggle(brief: string) {
  return { kind: 'boolean', brief, optional: true, withNegated: false } as const
}

/** One of a few words. */
export function choice<T extends string>(values: readonly T[], brief: string) {
  return { kind: 'enum', values, brief, optional: true } as const
}

/** Some of a few words, with commas between them or one flag each. */
export function someOf<T extends string>(values: readonly T[], brief: string) {
  return { kind: 'enum', values, brief, optional: true, variadic: ',' } as const
}

/** A positional argument. */
export function argument(placeholder: string, brief: string) {
  return { parse: notEmpty, brief, placeholder } as const
}

/** A positional argument that may be left out. */
export function optionalArgument(placeholder: string, brief: string) {
  return { parse: notEmpty, brief, placeholder, optional: true } as const
}

/** Leaves out what was not given, so that "absent" has one form only. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

function notEmpty(this: CommandContext | void, input: string): string {
  if (input.trim() === '') throw new RangeError('it is empty')
  return input
}
