import { ArgumentScannerError, formatMessageForArgumentScannerError } from '@stricli/core'
import { fail, printableLine } from '../base/index.ts'
import { cliErrors } from './errors.ts'

/** What stricli found wrong with the arguments, as Waybill's own usage error. */
export function usageError(error: unknown, path: readonly string[]) {
  const said =
    error instanceof ArgumentScannerError
      ? formatMessageForArgumentScannerError(error, {
          ArgumentParseError: ({ externalFlagNameOrPlaceholder: name, input, exception }) =>
            `Found "${input}" for ${name}: ${exception instanceof Error ? exception.message : String(exception)}`,
          EnumValidationError: ({ externalFlagName, input, values }) =>
            `Found "${input}" for --${externalFlagName}, expected ${values.join(', ')}`,
          FlagNotFoundError: ({ input, corrections }) =>
            `There is no flag --${input}${meant(corrections.map((name) => `--${name}`))}`,
          AliasNotFoundError: ({ input }) => `There is no flag -${input}`,
          UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} is missing, or has no value`,
          UnsatisfiedPositionalError: ({ placeholder }) => `The argument <${placeholder}> is missing`,
          UnexpectedPositionalError: ({ input, expectedCount }) =>
            `Found "${input}" as one argument too many, expected ${expectedCount === 0 ? 'none' : expectedCount}`,
          UnexpectedFlagError: ({ externalFlagName }) => `--${externalFlagName} is given twice`,
        })
      : String(error)
  return usage(said, path, error)
}

export function unknownCommand(input: string, corrections: readonly string[], path: readonly string[]) {
  if (input.startsWith('-')) return usage(`Found ${input} before the command, expected flags after it`, path)
  return usage(`There is no command "${[...path, input].join(' ')}"${meant(corrections)}`, path)
}

function meant(corrections: readonly string[]): string {
  return corrections.length > 0 ? `; did you mean ${corrections.join(' or ')}?` : ''
}

/** A usage error of a command's own, e.g. two flags that exclude each other. */
export function usage(message: string, path: readonly string[], cause?: unknown) {
  const line = printableLine(message, 400)
  return fail(cliErrors.USAGE, {
    message: /[.?!]$/.test(line) ? line : `${line}.`,
    next: `Run waybill ${[...path, '--help'].join(' ')} to see its arguments and flags.`,
    cause,
  })
}
