import { fail, limits } from '../../base/index.ts'
import type { ResolvedImage, ResolvedPlatform } from '../../assessment/index.ts'
import { formatPlatform, isAttestationEntry } from '../../oci/index.ts'
import type { Descriptor } from '../../oci/index.ts'
import { readBlob, resolve } from '../../registry/index.ts'
import { builderSbom, toolsErrors } from '../../tools/index.ts'
import type { ReportClaim } from '../../tools/index.ts'

const REFERENCE = 'vnd.docker.reference.digest'
const PREDICATE = 'in-toto.io/predicate-type'
const SBOM = /^https:\/\/(?:spdx\.dev\/Document|cyclonedx\.org\/bom)/

/**
 * The builder's own list of what is in a platform: BuildKit keeps it in the index, in an entry for no platform.
 * @throws TOOL_FAILED when there is none, TOOL_MISTAKEN when it is about another digest
 */
export async function builderList(
  image: ResolvedImage,
  platform: ResolvedPlatform,
): Promise<readonly ReportClaim[]> {
  const { store, root } = image
  const entries = root.manifest.kind === 'index' ? root.manifest.manifests.filter(isAttestationEntry) : []
  const own = entries.filter(({ annotations }) => annotations?.[REFERENCE] === platform.manifest)
  for (const entry of own) {
    const layer = await sbomLayer(image, entry)
    if (!layer) continue
    const where = `${store.location}@${entry.digest}`
    return builderSbom(await readBlob(store, layer, limits.sbomBytes), platform.manifest, where)
  }
  throw fail(toolsErrors.TOOL_FAILED, {
    message: `The builder left no list of what is in ${formatPlatform(platform.platform)}.`,
    where: image.digest,
    next: 'Have it make one (docker buildx build --sbom=true) and adopt its layout, or name a tool with sbom: syft.',
  })
}

async function sbomLayer({ store }: ResolvedImage, { digest }: Descriptor): Promise<Descriptor | undefined> {
  const { manifest } = await resolve(store, digest)
  if (manifest.kind !== 'manifest') return undefined
  return manifest.layers.find(({ annotations }) => SBOM.test(annotations?.[PREDICATE] ?? ''))
}
