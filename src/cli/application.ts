import { buildApplication, buildCommand, buildRouteMap, text_en } from '@stricli/core'
import type { Application, Command, CommandContext, RouteMap } from '@stricli/core'
import type { Runner } from './command.ts'
import { findRoute, isGroup, routes } from './routes.ts'
import type { Route, RouteGroup } from './routes.ts'
import { unknownCommand, usageError } from './usage.ts'

export interface ApplicationParts {
  readonly runner: Runner
  /** Told of every failure; stricli's own messages are never printed. */
  readonly onFailure: (error: unknown) => void
}

/** The grammar, with only the command that `words` name loaded; the others are names for "did you mean". */
export async function buildFor(words: readonly string[], parts: ApplicationParts) {
  const wanted = findRoute(words)
  const loaded = new Map<Route, Command<CommandContext>>()
  if (wanted && !isGroup(wanted.target)) {
    const { default: definition } = await wanted.target.load()
    loaded.set(wanted.target, definition.build(wanted.target.brief, parts.runner))
  }
  return buildApplication(rootMap(loaded), {
    name: 'waybill',
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { caseStyle: 'convert-camel-to-kebab', disableAnsiColor: true },
    localization: { text: silentText(parts.onFailure, wanted?.path ?? []) },
  }) satisfies Application<CommandContext>
}

function rootMap(loaded: ReadonlyMap<Route, Command<CommandContext>>) {
  const target = (route: Route) => loaded.get(route) ?? nameOnly(route.brief)
  const top: Record<string, Command<CommandContext> | RouteMap<CommandContext>> = {}
  for (const [name, route] of Object.entries(routes)) {
    top[name] = isGroup(route) ? groupMap(route, target) : target(route)
  }
  return buildRouteMap({ routes: top, docs: { brief: 'waybill' } })
}

function groupMap(group: RouteGroup, target: (route: Route) => Command<CommandContext>) {
  const inner = Object.entries(group.routes).map(([name, route]) => [name, target(route)] as const)
  return buildRouteMap({ routes: Object.fromEntries(inner), docs: { brief: group.brief } })
}

function nameOnly(brief: string): Command<CommandContext> {
  return buildCommand({ docs: { brief }, parameters: {}, func: () => {} })
}

function silentText(onFailure: (error: unknown) => void, path: readonly string[]) {
  const report = (error: unknown) => {
    onFailure(error)
    return ''
  }
  return {
    ...text_en,
    exceptionWhileParsingArguments: (error: unknown) => report(usageError(error, path)),
    exceptionWhileLoadingCommandFunction: report,
    exceptionWhileLoadingCommandContext: report,
    exceptionWhileRunningCommand: report,
    commandErrorResult: report,
    noCommandRegisteredForInput: (found: { input: string; corrections: readonly string[] }) =>
      report(unknownCommand(found.input, found.corrections, path)),
  }
}
