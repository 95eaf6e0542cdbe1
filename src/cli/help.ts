import type { Command, CommandContext } from '@stricli/core'
import { columns, wrap } from '../report/index.ts'
import type { Paint } from '../report/index.ts'
import type { CommandDefinition } from './command.ts'
import { findRoute, isGroup, routes, sections } from './routes.ts'
import type { Route, RouteGroup } from './routes.ts'

const WIDTH = 80

const exitCodes: readonly (readonly [string, string])[] = [
  ['0', 'done, or already so'],
  ['1', 'error: could not tell or could not finish; safe to run again'],
  ['2', 'usage or configuration'],
  ['3', 'refused: a gate said no, a signature is bad, a tag is taken'],
  ['4', 'pending: approval, soak or window still to come'],
]

/** The help that these words ask for; undefined when they ask for none. Nothing, or a group alone, asks for it. */
export async function helpFor(words: readonly string[], paint: Paint): Promise<string | undefined> {
  const asked = words[0] === 'help' || words.some((word) => word === '--help' || word === '-h')
  const names = words[0] === 'help' ? words.slice(1) : words
  const found = findRoute(names)
  if (!found) return words.length === 0 || (asked && !names[0]?.match(/^[^-]/)) ? rootHelp(paint) : undefined
  if (isGroup(found.target))
    return asked || names.length === 1 ? groupHelp(found.path, found.target, paint) : undefined
  return asked ? commandHelp(found.path, found.target, paint) : undefined
}

function rootHelp(paint: Paint): string {
  const lists = sections.map(({ title, names }) =>
    section(
      paint,
      title,
      columns(
        names.map((name) => [name, routes[name]?.brief ?? '']),
        WIDTH,
      ),
    ),
  )
  return page([
    'Waybill: build an image once, promote the digest, prove every hop.',
    'Usage: waybill <command> [flags]',
    ...lists,
    section(paint, 'Exit codes', columns(exitCodes, WIDTH)),
    'waybill <command> --help shows a command with examples. Start with: waybill demo',
  ])
}

function groupHelp(path: readonly string[], group: RouteGroup, paint: Paint): string {
  const rows = Object.entries(group.routes).map(([name, route]) => [`${path.join(' ')} ${name}`, route.brief])
  return page([
    `${group.brief}.`,
    `Usage: waybill ${path.join(' ')} <command> [flags]`,
    section(paint, 'Commands', columns(rows, WIDTH)),
    `waybill ${path.join(' ')} <command> --help shows a command with examples.`,
  ])
}

async function commandHelp(path: readonly string[], route: Route, paint: Paint): Promise<string> {
  const { default: definition } = await route.load()
  const { parameters } = definition.build(route.brief, async () => {})
  return page([
    `${route.brief}.`,
    wrap(definition.description, WIDTH).join('\n'),
    usageLine(path, parameters),
    ...argumentSection(parameters, paint),
    section(paint, 'Flags', columns(flagRows(parameters), WIDTH)),
    section(paint, 'Examples', exampleLines(definition, paint)),
    section(paint, 'Exit codes', columns(exitCodes, WIDTH)),
  ])
}

type Parameters = Command<CommandContext>['parameters']

function usageLine(path: readonly string[], parameters: Parameters): string {
  const needed = Object.entries(parameters.flags ?? {}).filter(
    ([, flag]) => flag.kind !== 'boolean' && !flag.optional,
  )
  const flags = needed.map(([name, flag]) => `--${kebab(name)} <${flag.placeholder ?? 'value'}>`)
  const words = ['waybill', ...path, ...positional(parameters).map(([name]) => name), ...flags, '[flags]']
  return wrap(`Usage: ${words.join(' ')}`, WIDTH, '       ').join('\n')
}

function argumentSection(parameters: Parameters, paint: Paint): readonly string[] {
  const rows = positional(parameters)
  return rows.length > 0 ? [section(paint, 'Arguments', columns(rows, WIDTH))] : []
}

function positional(parameters: Parameters): readonly (readonly [string, string])[] {
  const given = parameters.positional
  if (!given || given.kind !== 'tuple') return []
  return given.parameters.map((one) => [
    one.optional ? `[${one.placeholder}]` : `<${one.placeholder}>`,
    one.brief,
  ])
}

function flagRows(parameters: Parameters): readonly (readonly string[])[] {
  const short = new Map(Object.entries(parameters.aliases ?? {}).map(([letter, name]) => [name, letter]))
  const rows = Object.entries(parameters.flags ?? {}).map(([name, flag]) => {
    const letter = short.get(name)
    const long = `--${kebab(name)}`
    const value =
      flag.kind === 'boolean'
        ? ''
        : ` ${flag.kind === 'enum' ? flag.values.join('|') : `<${flag.placeholder ?? 'value'}>`}`
    const need = flag.kind !== 'boolean' && !flag.optional ? ' (required)' : ''
    const more = 'variadic' in flag && flag.variadic ? ' (may be repeated)' : ''
    return [`${letter ? `-${letter}, ` : '    '}${long}${value}`, `${flag.brief}${need}${more}`]
  })
  return [...rows, ['-h, --help', 'Show this page']]
}

function exampleLines(definition: CommandDefinition, paint: Paint): readonly string[] {
  return definition.examples.flatMap(({ line, about }) => [paint.dim(`# ${about}`), `waybill ${line}`])
}

function section(paint: Paint, title: string, lines: readonly string[]): string {
  return [paint.bold(`${title}:`), ...lines.map((line) => `  ${line}`)].join('\n')
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
