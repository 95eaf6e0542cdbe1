import type { PromoteCommand } from '../../promotion/commands.ts'
import type { Config } from '../config.ts'
import { didYouMean, oneOf } from '../did-you-mean.ts'
import { invalid } from '../problems.ts'
import type { Problem } from '../problems.ts'
import type { Path, YamlFile } from '../yaml-file.ts'
import type { TrainText } from './schema.ts'

type Entry = TrainText['promotions'][number]

/**
 * Entries of `promotions`, patterns filled from waybill.yaml → one command for each application and environment.
 * @throws CONFIG_INVALID: unknown names, patterns that fit nothing, what is said twice
 */
export function promoteCommands(
  entries: readonly Entry[],
  config: Config,
  file: YamlFile,
): readonly PromoteCommand[] {
  const problems: Problem[] = []
  const commands = new Map<string, PromoteCommand>()
  for (const [index, entry] of entries.entries()) {
    const at = (path: Path, message: string) =>
      problems.push(file.problem(['promotions', index, ...path], message))
    checkEnvironments(entry, config, at)
    const { application, to, ...rest } = entry
    for (const name of applicationsOf(application, config, at)) {
      for (const environment of to) {
        const key = `${name} ${environment}`
        if (commands.has(key)) at(['application'], `"${name}" goes to "${environment}" twice in this file.`)
        commands.set(key, { application: name, to: environment, ...present(rest) })
      }
    }
  }
  const [first, ...others] = problems
  if (first) throw invalid([first, ...others])
  return [...commands.values()]
}

type At = (path: Path, message: string) => void

function checkEnvironments({ to, from }: Entry, { environments }: Config, at: At): void {
  const known = [...environments.keys()]
  for (const [key, name] of [...to.map((one) => ['to', one] as const), ['from', from] as const])
    if (name !== undefined && !environments.has(name))
      at(
        [key],
        `Found the unknown environment "${name}", expected ${oneOf(known)}.${didYouMean(name, known)}`,
      )
}

function applicationsOf(names: readonly string[], { applications }: Config, at: At): ReadonlySet<string> {
  const known = [...applications.keys()]
  const found = names.flatMap((name, index) => {
    const isPattern = /[*?]/.test(name)
    const fitting = isPattern ? known.filter(fits(name)) : known.filter((one) => one === name)
    if (fitting.length === 0) {
      const what = isPattern ? 'a pattern that fits no application' : 'the unknown application'
      const near = isPattern ? '' : didYouMean(name, known)
      at(['application', index], `Found ${what}, "${name}", expected ${oneOf(known)}.${near}`)
    }
    return fitting
  })
  return new Set(found)
}

/** `*` is any text, `?` one character; an application's name has no folders. */
function fits(pattern: string): (name: string) => boolean {
  const parts = pattern.split(/(\*+|\?)/).map((part) => {
    if (part.startsWith('*')) return '.*'
    return part === '?' ? '.' : RegExp.escape(part)
  })
  const expression = new RegExp(`^${parts.join('')}$`, 's')
  return (name) => expression.test(name)
}

function present(rest: Omit<Entry, 'application' | 'to'>): Partial<PromoteCommand> {
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
}
