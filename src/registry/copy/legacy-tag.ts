import { isFailure } from '../../base/index.ts'
import type { OnStep } from '../../base/index.ts'
import { childrenOf } from '../../oci/index.ts'
import type { Descriptor } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import type { StoredManifest } from '../store.ts'
import type { Side } from './side.ts'

/**
 * Points `sha256-<hex>.sig` at what came from the source. cosign adds signatures by adding layers, so the larger
 * of two manifests wins when it holds the smaller; two that differ are left alone, because neither may be lost.
 */
export async function moveLegacyTag(
  destination: Side,
  tag: string,
  stored: StoredManifest,
  onStep: OnStep,
): Promise<void> {
  const there = await destination.run((store) => store.manifest(tag))
  if (there && (there.descriptor.digest === stored.descriptor.digest || holds(there, stored))) return
  if (there && !holds(stored, there)) return onStep(diverged(destination, tag))
  try {
    await destination.run((store) => store.putTag(tag, stored, there?.descriptor.digest ?? 'absent'))
  } catch (error) {
    if (!isFailure(error, registryErrors.TAG_CONFLICT)) throw error
    onStep(diverged(destination, tag))
  }
}

function holds(larger: StoredManifest, smaller: StoredManifest): boolean {
  const known = new Set(childrenOf(larger.manifest).map(identity))
  const layers = smaller.manifest.kind === 'manifest' ? smaller.manifest.layers : smaller.manifest.manifests
  return layers.every((layer) => known.has(identity(layer)))
}

/** The signature stands in the layer's annotations: the same payload with another one is another signature. */
function identity({ digest, annotations = {} }: Descriptor): string {
  return JSON.stringify([digest, Object.entries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1))])
}

function diverged(destination: Side, tag: string) {
  return {
    kind: 'warning',
    code: registryErrors.TAG_CONFLICT.code,
    message: `The tag ${tag} in ${destination.store.location} holds other signatures than the source; it was left as it is.`,
  } as const
}
