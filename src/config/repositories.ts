import { formatRepository, parseRepository } from '../oci/index.ts'
import type { Problem } from './problems.ts'
import type { Resolved } from './resolve.ts'
import { fill } from './template.ts'
import type { YamlFile } from './yaml-file.ts'

/** Repositories that are not one, and repositories two applications would share: their images would mix. */
export function repositoryProblems(
  applications: readonly string[],
  resolved: Resolved,
  file: YamlFile,
): readonly Problem[] {
  const owners = new Map<string, string>()
  return [...resolved.environments.values()].flatMap((environment) => {
    const at = (message: string) => file.problem(resolved.pathOf(environment.name, 'repository'), message)
    const problems = applications.map((application) => {
      const read = readRepository(environment.repository, application, environment.name)
      if ('flaw' in read) return at(read.flaw)
      const owner = owners.get(read.repository)
      owners.set(read.repository, owner ?? application)
      if (owner === undefined || owner === application) return undefined
      return at(
        `"${owner}" and "${application}" would share the repository ${read.repository}, expected {application} in it.`,
      )
    })
    // One message says it all for one environment.
    return problems.find((problem) => problem !== undefined) ?? []
  })
}

function readRepository(template: string, application: string, environment: string) {
  const filled = fill(template, { application, environment })
  if (/[{}]/.test(filled))
    return { flaw: `Found "${template}", expected only the variables {application} and {environment}.` }
  try {
    return { repository: formatRepository(parseRepository(filled)) }
  } catch (error) {
    return { flaw: (error as Error).message }
  }
}
