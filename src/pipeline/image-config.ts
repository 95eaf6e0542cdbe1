import type { BasePlatform } from './base-image.ts'
import type { BuildConfig } from './schema.ts'
import { platformFields } from './image-index.ts'
import type { Layer } from './layer.ts'

export interface ConfigOptions {
  readonly build: BuildConfig
  readonly platform: string
  readonly base: BasePlatform | undefined
  readonly layer: Layer
  /** RFC 3339. */
  readonly created: string
  /** Where the folder is in the image. */
  readonly target: string
  /** Command of an npm app, when nothing else says one. */
  readonly command: readonly string[] | undefined
}

/** The image configuration (image-spec config.md): the base's, with this build's settings and layer on top. */
export function imageConfig(options: ConfigOptions): Readonly<Record<string, unknown>> {
  const { base, layer, created, platform, target } = options
  return {
    created,
    ...platformFields(platform),
    config: settings(options),
    rootfs: { type: 'layers', diff_ids: [...(base?.diffIds ?? []), layer.diffId] },
    history: [...(base?.history ?? []), { created, created_by: `waybill build: ${target}` }],
  }
}

function settings({ build, base, command, target }: ConfigOptions): Readonly<Record<string, unknown>> {
  // Triggers were meant for the next Dockerfile, and no Dockerfile follows.
  const { OnBuild: _, Cmd, Entrypoint, Env, Labels, ...rest } = base?.settings ?? {}
  const entrypoint = build.entrypoint ?? (Entrypoint as unknown)
  // As docker does it: a new entrypoint drops the base's command, which was meant for the old one.
  const arguments_ = build.command ?? command ?? (build.entrypoint ? undefined : (Cmd as unknown))
  const environment = mergeEnvironment(Env, build.environment)
  const labels = { ...(Labels as Readonly<Record<string, string>> | undefined), ...sorted(build.labels) }
  return {
    ...rest,
    ...(build.user !== undefined && { User: build.user }),
    ...(environment.length > 0 && { Env: environment }),
    ...(entrypoint !== undefined && { Entrypoint: entrypoint }),
    ...(arguments_ !== undefined && { Cmd: arguments_ }),
    WorkingDir: build.workingDirectory ?? target,
    ...(Object.keys(labels).length > 0 && { Labels: labels }),
  }
}

/** The base's variables in their order, replaced in place; new ones after them by name. */
function mergeEnvironment(base: unknown, given: Readonly<Record<string, string>> | undefined): string[] {
  const lines = Array.isArray(base) ? base.filter((line) => typeof line === 'string') : []
  const all = new Map(lines.map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]))
  for (const [name, value] of Object.entries(sorted(given))) all.set(name, value)
  return [...all].map(([name, value]) => `${name}=${value}`)
}

function sorted(map: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(map ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
