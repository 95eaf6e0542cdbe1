import { formatPlatform } from '../../oci/index.ts'
import type { ImageDetails } from '../../policy/index.ts'
import type { ImageChange, ImageDelta, PlatformDelta } from '../../promotion/index.ts'

/** Platform by platform: how the new image's size and configuration differ. Variables by name only. */
export function imageDelta(before: readonly ImageDetails[], after: readonly ImageDetails[]): ImageDelta {
  const old = new Map(before.map((one) => [formatPlatform(one.platform), one]))
  const now = new Map(after.map((one) => [formatPlatform(one.platform), one]))
  const names = [...new Set([...now.keys(), ...old.keys()])]
  return { platforms: names.map((name) => platformDelta(name, old.get(name), now.get(name))) }
}

function platformDelta(
  platform: string,
  before: ImageDetails | undefined,
  after: ImageDetails | undefined,
): PlatformDelta {
  const size = {
    ...(before && { sizeBefore: before.size }),
    ...(after && { sizeAfter: after.size }),
  }
  if (!before || !after) return { platform, change: after ? 'added' : 'removed', ...size, changes: [] }
  const change = before.manifest === after.manifest ? 'same' : 'changed'
  return { platform, change, ...size, changes: changesOf(before, after) }
}

type Trait = (details: ImageDetails) => string | undefined

const TRAITS: Readonly<Record<string, Trait>> = {
  user: ({ user }) => user || 'root',
  entrypoint: ({ entrypoint }) => words(entrypoint),
  command: ({ command }) => words(command),
  ports: ({ ports }) => list(ports),
  variables: ({ variables }) => list(variables),
  'base image': baseOf,
}

function changesOf(before: ImageDetails, after: ImageDetails): readonly ImageChange[] {
  const traits = Object.entries(TRAITS).map(([what, trait]) => changeOf(what, trait(before), trait(after)))
  const labels = [...new Set([...Object.keys(before.labels), ...Object.keys(after.labels)])].toSorted()
  const relabelled = labels
    .filter((name) => !name.startsWith(BASE))
    .map((name) => changeOf(`label ${name}`, own(before.labels, name), own(after.labels, name)))
  return [...traits, ...relabelled].flatMap((change) => change ?? [])
}

function changeOf(what: string, before: string | undefined, after: string | undefined) {
  if (before === after) return undefined
  return {
    what,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  }
}

/** Prefix of the pre-defined keys of the base image (image-spec annotations.md). */
const BASE = 'org.opencontainers.image.base.'

function baseOf({ annotations, labels }: ImageDetails): string | undefined {
  const [name, digest] = ['name', 'digest'].map(
    (key) => own(annotations, BASE + key) ?? own(labels, BASE + key),
  )
  return [name, digest].filter((part) => part !== undefined).join('@') || undefined
}

// `constructor` is a name like any other.
function own(map: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined
}

function words(command: readonly string[]): string | undefined {
  return command.length > 0 ? JSON.stringify(command) : undefined
}

function list(names: readonly string[]): string | undefined {
  return names.toSorted().join(', ') || undefined
}
