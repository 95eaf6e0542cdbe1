import { fail } from '../base/index.ts'
import { expandTarget } from '../delivery/schema.ts'
import { parseRepository } from '../oci/index.ts'
import type { Config, Place } from './config.ts'
import { didYouMean, oneOf } from './did-you-mean.ts'
import { configErrors } from './errors.ts'
import { fill } from './template.ts'

/** One application in one environment, with its templates filled. @throws CONFIG_UNKNOWN_NAME */
export function placeOf(config: Config, application: string, environment: string): Place {
  const found = {
    application: named(config.applications, application, 'application', config.file),
    environment: named(config.environments, environment, 'environment', config.file),
  }
  const values = { application, environment }
  return {
    ...found,
    repository: parseRepository(fill(found.environment.repository, values)),
    deliver: found.environment.deliver.map((target) => expandTarget(target, values)),
  }
}

/** The environments an environment takes from, in the order of `after`. @throws CONFIG_UNKNOWN_NAME */
export function upstreamOf(config: Config, environment: string): readonly string[] {
  return named(config.environments, environment, 'environment', config.file).after?.environments ?? []
}

function named<T>(all: ReadonlyMap<string, T>, name: string, noun: string, where: string): T {
  const found = all.get(name)
  if (found) return found
  const known = [...all.keys()]
  const message = `Found the unknown ${noun} "${name}", expected ${oneOf(known)}.${didYouMean(name, known)}`
  throw fail(configErrors.CONFIG_UNKNOWN_NAME, { message, where })
}
