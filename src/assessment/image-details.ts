import { isObject, parseJson } from '../base/index.ts'
import { parsePlatform } from '../oci/index.ts'
import type { ImageManifest } from '../oci/index.ts'
import type { ImageDetails } from '../policy/index.ts'
import { kept } from './reading.ts'
import type { ResolvedImage, ResolvedPlatform } from './resolve.ts'

const MAX_CONFIG = 4 * 1024 * 1024

/**
 * What every platform's manifest and config say (image-spec config.md). Content is known by its digest, so what an
 * earlier run kept counts.
 * @throws BLOB_MISSING, JSON_INVALID
 */
export async function imageDetails(image: ResolvedImage): Promise<readonly ImageDetails[]> {
  const all = await Promise.all(image.platforms.map((platform) => platformDetails(image, platform)))
  return all.flat()
}

async function platformDetails(
  { store }: ResolvedImage,
  { platform, manifest, config, content }: ResolvedPlatform,
): Promise<readonly ImageDetails[]> {
  // An index inside an index has neither layers nor a config of its own.
  if (!content) return []
  const bytes = await kept.blob(store, content.config, MAX_CONFIG)
  const described = readConfig(parseJson(bytes, `${store.location}@${config}`))
  return [{ platform, manifest, config, ...layersOf(content), ...described }]
}

function layersOf({ layers, annotations }: ImageManifest) {
  const size = layers.reduce((sum, layer) => sum + layer.size, 0)
  return { size, layers: layers.map((layer) => layer.digest), annotations }
}

function readConfig(json: unknown) {
  const root = isObject(json) ? json : {}
  const config = isObject(root.config) ? root.config : {}
  const platform = parsePlatform(root)
  const labels = isObject(config.Labels) ? Object.entries(config.Labels) : []
  return {
    labels: Object.fromEntries(
      labels.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    user: typeof config.User === 'string' ? config.User : undefined,
    created: typeof root.created === 'string' ? root.created : undefined,
    ...firstLayer(root.history),
    ...(platform && { configPlatform: platform }),
    variables: texts(config.Env).map((entry) => entry.split('=', 1)[0] ?? ''),
    entrypoint: texts(config.Entrypoint),
    command: texts(config.Cmd),
    ports: isObject(config.ExposedPorts) ? Object.keys(config.ExposedPorts) : [],
  }
}

function firstLayer(history: unknown) {
  const entries: readonly unknown[] = Array.isArray(history) ? history : []
  const first = entries.find((entry) => isObject(entry) && entry.empty_layer !== true)
  return isObject(first) && typeof first.created === 'string' ? { firstLayerOn: first.created } : {}
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}
