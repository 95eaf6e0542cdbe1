import { join } from 'node:path'
import { fail, isFailure, limits } from '../../base/index.ts'
import { mediaTypes, parseManifest } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { writeAtomically } from './atomic-file.ts'
import { readRegularFile } from './regular-file.ts'

/** Annotation that names an entry (image-spec annotations.md). */
const REF_NAME = 'org.opencontainers.image.ref.name'

/** The tag of an index.json entry; undefined = untagged. */
export function tagOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[REF_NAME]
}

/** index.json of a layout: root manifests and referrers. Changes are made one after another, each atomically. */
export class LayoutIndex {
  readonly #path: string
  #writes: Promise<unknown> = Promise.resolve()

  constructor(directory: string) {
    this.#path = join(directory, 'index.json')
  }

  /** @throws LAYOUT_INVALID */
  async entries(): Promise<readonly Descriptor[]> {
    try {
      const bytes = await readRegularFile(this.#path, limits.manifestBytes)
      const index = parseManifest(bytes, '', this.#path)
      if (index.kind === 'index') return index.manifests
    } catch (cause) {
      const found = isFailure(cause) ? cause.message : `It cannot be read: ${(cause as Error).message}.`
      throw this.#invalid(found, cause)
    }
    throw this.#invalid('It is a manifest, expected an index.')
  }

  /** Writes what `change` makes of the entries; nothing when it returns the same array. */
  update(change: (entries: readonly Descriptor[]) => readonly Descriptor[]): Promise<void> {
    const mine = this.#writes.then(async () => {
      const before = await this.entries()
      const after = change(before)
      if (after !== before) await writeIndex(this.#path, after)
    })
    this.#writes = mine.catch(() => {})
    return mine
  }

  #invalid(found: string, cause?: unknown) {
    return fail(registryErrors.LAYOUT_INVALID, {
      message: `The layout's index.json is not usable. ${found}`,
      where: this.#path,
      cause,
    })
  }
}

export async function writeIndex(path: string, manifests: readonly Descriptor[]): Promise<void> {
  const text = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }, undefined, 2)
  if (text.length > limits.manifestBytes) {
    throw fail(registryErrors.LAYOUT_INVALID, {
      message: `index.json would grow over ${limits.manifestBytes} bytes.`,
      where: path,
    })
  }
  await writeAtomically(path, (file) => file.writeFile(`${text}\n`))
}

/** Lists a manifest that nothing lists yet. */
export function listed(entries: readonly Descriptor[], added: Descriptor): readonly Descriptor[] {
  return entries.some((entry) => entry.digest === added.digest) ? entries : [...entries, added]
}

/** Takes out untagged entries: an index that arrives after its children owns them. */
export function unlisted(entries: readonly Descriptor[], gone: ReadonlySet<Digest>): readonly Descriptor[] {
  const left = entries.filter((entry) => tagOf(entry) !== undefined || !gone.has(entry.digest))
  return left.length === entries.length ? entries : left
}

/** Gives the tag to a manifest, taking it from whoever had it. */
export function tagged(
  entries: readonly Descriptor[],
  tag: string,
  manifest: Descriptor,
): readonly Descriptor[] {
  const rest = untagged(entries, tag).filter(
    (entry) => entry.digest !== manifest.digest || tagOf(entry) !== undefined,
  )
  const previous = entries.find((entry) => entry.digest === manifest.digest)
  const annotations = { ...(previous ?? manifest).annotations, [REF_NAME]: tag }
  return [...rest, { ...(previous ?? manifest), annotations }]
}

/** Removes the tag; its manifest stays listed. */
export function untagged(entries: readonly Descriptor[], tag: string): readonly Descriptor[] {
  const held = entries.find((entry) => tagOf(entry) === tag)
  if (!held) return entries
  const rest = entries.filter((entry) => entry !== held)
  if (rest.some((entry) => entry.digest === held.digest)) return rest
  const { [REF_NAME]: _, ...annotations } = held.annotations ?? {}
  const { annotations: __, ...bare } = held
  return [...rest, Object.keys(annotations).length > 0 ? { ...bare, annotations } : bare]
}
