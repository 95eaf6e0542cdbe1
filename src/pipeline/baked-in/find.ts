import { isObject } from '../../base/index.ts'
import {
  isEnvironmentArgument,
  isEnvironmentFile,
  isEnvironmentLabel,
  namesStage,
  reasonFor,
} from './environment-names.ts'

/** Something in an image that belongs to one environment. Values are never told: they may be secrets. */
export interface BakedIn {
  /** The variable, label, argument or path. */
  readonly name: string
  /** E.g. `ENV in linux/amd64`. */
  readonly where: string
  readonly why: string
}

/** In the `config` object of an image configuration (image-spec config.md). */
export function inConfig(config: unknown, platform: string): readonly BakedIn[] {
  const settings = isObject(config) && isObject(config.config) ? config.config : {}
  const lines = Array.isArray(settings.Env) ? settings.Env.filter((line) => typeof line === 'string') : []
  const variables = lines.flatMap((line) => {
    const [name = ''] = line.split('=', 1)
    const why = reasonFor(name, line.slice(name.length + 1))
    return why === undefined ? [] : [{ name, where: `ENV of ${platform}`, why }]
  })
  const labels = isObject(settings.Labels) ? Object.entries(settings.Labels) : []
  return [...variables, ...labels.flatMap(([name, value]) => inLabel(name, value, platform))]
}

function inLabel(name: string, value: unknown, platform: string): readonly BakedIn[] {
  const isUrl = typeof value === 'string' && /^https?:\/\//.test(value) && namesStage(value)
  if (isUrl) return [{ name, where: `label of ${platform}`, why: 'is an address in one environment' }]
  if (!isEnvironmentLabel(name)) return []
  return [{ name, where: `label of ${platform}`, why: 'says which environment this is' }]
}

/** Among the paths of a layer. */
export function inPaths(paths: readonly string[]): readonly BakedIn[] {
  return paths
    .filter(isEnvironmentFile)
    .map((path) => ({ name: path, where: 'a layer', why: 'holds the settings of one environment' }))
}

/** Among the `ARG` lines of a Dockerfile and the arguments given. */
export function inArguments(dockerfile: string, given: readonly string[]): readonly BakedIn[] {
  const declared = [...dockerfile.matchAll(/^[ \t]*ARG[ \t]+(.+)$/gim)].flatMap(([, rest = '']) =>
    rest.split(/\s+/).map((word) => word.split('=', 1)[0] ?? ''),
  )
  return [...new Set([...declared, ...given])]
    .filter(isEnvironmentArgument)
    .map((name) => ({ name, where: 'ARG of the Dockerfile', why: 'makes an image of one environment' }))
}
