import { needsOf } from '../policy/index.ts'
import type { Environment } from './config.ts'
import { didYouMean, oneOf } from './did-you-mean.ts'
import type { Problem } from './problems.ts'
import type { Resolved } from './resolve.ts'
import type { YamlFile } from './yaml-file.ts'

type Environments = ReadonlyMap<string, Environment>

/** What is wrong with the way the environments follow each other: unknown names, circles, no or several beginnings. */
export function graphProblems(resolved: Resolved, file: YamlFile): readonly Problem[] {
  const all = [...resolved.environments.values()]
  const known = all.map((one) => one.name)
  const at = (name: string, message: string) => file.problem(resolved.pathOf(name, 'after'), message)
  const unknown = all.flatMap((one) =>
    upstreamOf(one)
      .filter((name) => !resolved.environments.has(name))
      .map((name) =>
        at(
          one.name,
          `Found the unknown environment "${name}", expected ${oneOf(known)}.${didYouMean(name, known)}`,
        ),
      ),
  )
  const circle = findCircle(resolved.environments)
  const circles = circle ? [at(circle[0] ?? '', `Found a circle: ${circle.join(' after ')}.`)] : []
  const wiring = [...unknown, ...circles, ...entryProblems(all, file)]
  return wiring.length > 0 ? wiring : passedProblems(resolved, file)
}

const upstreamOf = (environment: Environment) => environment.after?.environments ?? []

function entryProblems(all: readonly Environment[], file: YamlFile): readonly Problem[] {
  const [first, second] = all.filter((one) => one.accepts === 'build')
  if (!first)
    return [
      file.problem(
        ['environments'],
        'No environment has "accepts: build", expected one: builds must enter somewhere.',
        { at: 'key' },
      ),
    ]
  if (!second) return []
  return [
    file.problem(
      ['environments', second.name],
      `"${first.name}" and "${second.name}" both accept builds, expected one environment that does.`,
      { at: 'key' },
    ),
  ]
}

// What a gate asks about another environment is read from its chain; one that is not upstream has nothing to say here.
function passedProblems({ environments, pathOf }: Resolved, file: YamlFile): readonly Problem[] {
  return [...environments.values()].flatMap((environment) =>
    environment.gates.flatMap((gate, index) => {
      const asked = needsOf([gate]).upstream.map((entry) => entry.environment)
      const strangers = asked.filter((name) => !upstreamOf(environment).includes(name))
      const option = 'environment' in gate ? ['environment'] : []
      return strangers.map((name) =>
        file.problem(
          [...pathOf(environment.name, 'gates'), index, gate.kind, ...option],
          `The gate asks whether "${name}" passed, but "${environment.name}" is not after it, expected ${oneOf(upstreamOf(environment))}.${didYouMean(name, upstreamOf(environment))}`,
        ),
      )
    }),
  )
}

// Depth first; a name met again while still open closes a circle.
function findCircle(environments: Environments): readonly string[] | undefined {
  const done = new Set<string>()
  const visit = (name: string, open: readonly string[]): readonly string[] | undefined => {
    if (open.includes(name)) return [...open.slice(open.indexOf(name)), name]
    const environment = environments.get(name)
    if (!environment || done.has(name)) return undefined
    for (const next of upstreamOf(environment)) {
      const circle = visit(next, [...open, name])
      if (circle) return circle
    }
    done.add(name)
    return undefined
  }
  for (const name of environments.keys()) {
    const circle = visit(name, [])
    if (circle) return circle
  }
  return undefined
}
