import type { Environment } from './config.ts'
import { didYouMean, oneOf } from './did-you-mean.ts'
import type { Problem } from './problems.ts'
import type { ConfigFile, EnvironmentBlock } from './schema.ts'
import type { Path, YamlFile } from './yaml-file.ts'

type Blocks = ReadonlyMap<string, EnvironmentBlock>

/** Environments with `extends` carried out and defaults filled, and what was wrong on the way. */
export interface Resolved {
  readonly environments: ReadonlyMap<string, Environment>
  readonly problems: readonly Problem[]
  /** Where an environment's key is written: in itself, or in the one it got it from. */
  readonly pathOf: (environment: string, key: keyof EnvironmentBlock) => Path
}

/** Carries out `extends`: the child's keys win, lists and all; `accepts` and `after` replace each other. */
export function resolveEnvironments(config: ConfigFile, file: YamlFile): Resolved {
  const blocks: Blocks = new Map(Object.entries(config.environments))
  const problems: Problem[] = []
  const environments = new Map<string, Environment>()
  for (const name of blocks.keys()) {
    const line = lineOf(name, blocks)
    const flaw = flawOf(line, blocks)
    if (flaw) problems.push(file.problem(['environments', name, 'extends'], flaw))
    else {
      const merged = line
        .toReversed()
        .reduce<EnvironmentBlock>((parent, one) => merge(parent, blocks.get(one)), {})
      const complete = complain(name, merged, file)
      problems.push(...complete)
      if (complete.length === 0) environments.set(name, finish(name, merged))
    }
  }
  return { environments, problems, pathOf: (name, key) => pathOf(name, key, blocks) }
}

// The environment, what it extends, and so on, until it ends, repeats or leads nowhere.
function lineOf(name: string, blocks: Blocks): readonly string[] {
  const line = [name]
  for (let next = blocks.get(name)?.extends; next !== undefined; next = blocks.get(next)?.extends) {
    line.push(next)
    if (line.indexOf(next) < line.length - 1) break
  }
  return line
}

function flawOf(line: readonly string[], blocks: Blocks): string | undefined {
  const last = line.at(-1) ?? ''
  if (line.indexOf(last) < line.length - 1) return `Found a circle: ${line.join(' extends ')}.`
  if (blocks.has(last)) return undefined
  const known = [...blocks.keys()]
  return `Found the unknown environment "${last}", expected ${oneOf(known)}.${didYouMean(last, known)}`
}

function merge(parent: EnvironmentBlock, child: EnvironmentBlock = {}): EnvironmentBlock {
  const { accepts, after, ...rest } = parent
  const entry = (child.accepts ?? child.after) ? {} : { ...(accepts && { accepts }), ...(after && { after }) }
  return { ...rest, ...entry, ...child }
}

function complain(name: string, block: EnvironmentBlock, file: YamlFile): readonly Problem[] {
  const at = (message: string) => file.problem(['environments', name], message, { at: 'key' })
  const problems: Problem[] = []
  if (block.repository === undefined)
    problems.push(
      at(
        `The environment "${name}" has no "repository", expected one such as registry.example.com/${name}/{application}.`,
      ),
    )
  if (block.accepts === 'build' && block.after)
    problems.push(at(`The environment "${name}" has "accepts: build" and "after", expected one of them.`))
  if (block.accepts !== 'build' && !block.after)
    problems.push(at(`The environment "${name}" takes from nowhere, expected "after" or "accepts: build".`))
  return problems
}

function finish(name: string, block: EnvironmentBlock): Environment {
  return {
    name,
    accepts: block.after ? 'environment' : 'build',
    after: block.after,
    repository: block.repository ?? '',
    tags: block.tags ?? [],
    gates: block.gates ?? [],
    ...(block.exceptions && { exceptions: block.exceptions }),
    deliver: block.deliver ?? [],
    prove: block.prove ?? [],
    auto: block.auto ?? 'off',
  }
}

function pathOf(name: string, key: keyof EnvironmentBlock, blocks: Blocks): Path {
  const owner = lineOf(name, blocks).find((one) => blocks.get(one)?.[key] !== undefined)
  return ['environments', owner ?? name, key]
}
