import { buildCommand } from '@stricli/core'
import type {
  Command,
  CommandContext,
  FlagParametersForType,
  TypedCommandPositionalParameters,
} from '@stricli/core'
import type { Clock, OnStep } from '../base/index.ts'
import type { Paint, Told } from '../report/index.ts'
import type { Workspace } from '../wiring/workspace.ts'
import { choice, optional, toggle } from './flags.ts'

export type OutputFormat = 'text' | 'json' | 'markdown' | 'html'

/** What a command gives back: one value, how it reads, and what the process exits with (DESIGN §6). */
export interface Answer {
  readonly exit: 0 | 1 | 3 | 4
  /** The one JSON document; has a `kind`. */
  readonly value: { readonly kind: string }
  readonly text: (paint: Paint) => string
  readonly markdown?: () => string
  readonly html?: () => string
  /** Of a command that decides or makes something: what the CI system is told. A mere question leaves it out. */
  readonly told?: () => Told
}

/** The world as a command sees it. */
export interface Invocation {
  readonly cwd: string
  /** Path of waybill.yaml as `--config` gives it. */
  readonly configFile: string
  /** `--config` itself; undefined when it was not given. */
  readonly config: string | undefined
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly onStep: OnStep
  readonly clock: Clock
  /** Asks the person at the terminal for a secret; undefined when there is nobody. */
  readonly askSecret: (question: string) => Promise<string | undefined>
  /** Asks the person at the terminal for a line, with an answer to fall back on; undefined when there is nobody. */
  readonly askLine: (question: string, fallback: string) => Promise<string | undefined>
  /** Shows text at once, for work that tells while it runs. Goes to stderr; nothing with --quiet. */
  readonly announce: (say: (paint: Paint) => string) => void
  /** Opens the workspace of `--config`, asks it, closes it. */
  readonly workspace: <T>(ask: (workspace: Workspace) => Promise<T>) => Promise<T>
}

export interface GlobalFlags {
  readonly config: string | undefined
  readonly output: OutputFormat | undefined
  readonly quiet: boolean | undefined
  readonly noColor: boolean | undefined
}

export interface CommandContent<FLAGS extends object, ARGS extends readonly (string | undefined)[]> {
  /** Below the one-line brief in `--help`. */
  readonly description: string
  /** Command lines without the leading `waybill`, with what each does. */
  readonly examples: readonly { readonly line: string; readonly about: string }[]
  readonly outputs: readonly OutputFormat[]
  readonly parameters: {
    readonly flags: FlagParametersForType<FLAGS>
  } & TypedCommandPositionalParameters<ARGS, CommandContext>
  readonly run: (invocation: Invocation, flags: FLAGS, ...args: ARGS) => Promise<Answer>
}

/** A command as `help`, the documentation and the runner see it, its own flag types forgotten. */
export interface CommandDefinition {
  readonly description: string
  readonly examples: readonly { readonly line: string; readonly about: string }[]
  readonly outputs: readonly OutputFormat[]
  readonly build: (brief: string, runner: Runner) => Command<CommandContext>
}

export type Action = (invocation: Invocation) => Promise<Answer>
/** Runs one parsed command; given by the harness. */
export type Runner = (globals: GlobalFlags, action: Action) => Promise<void>

/** Declares a command: its words, its parameters and the one call it makes. */
export function command<FLAGS extends object, ARGS extends readonly (string | undefined)[]>(
  content: CommandContent<FLAGS, ARGS>,
): CommandDefinition {
  const { description, examples, outputs, parameters, run } = content
  const flags = { ...parameters.flags, ...globalFlags(outputs) }
  const aliases = { c: 'config', o: 'output', q: 'quiet' }
  return {
    description,
    examples,
    outputs,
    build: (brief, runner) =>
      buildCommand<GlobalFlags & FLAGS, ARGS>({
        docs: { brief },
        // The global flags are added to every command here, which its own parameter type cannot say.
        parameters: { ...parameters, flags, aliases } as never,
        func: async (given, ...args) => runner(given, (invocation) => run(invocation, given, ...args)),
      }) as Command<CommandContext>,
  }
}

function globalFlags(outputs: readonly OutputFormat[]) {
  return {
    config: optional('file', 'Configuration file (default: waybill.yaml)'),
    output: choice(outputs, 'How to answer (default: text)'),
    quiet: toggle('No progress, only the answer'),
    noColor: toggle('No colours; NO_COLOR does the same'),
  }
}
