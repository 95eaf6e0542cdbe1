import { isForeignLayer } from '../../oci/index.ts'
import type { Descriptor } from '../../oci/index.ts'
import { isSameStore } from './side.ts'
import type { Side } from './side.ts'

/** `skipped`: a foreign layer that nobody holds; its users fetch it from elsewhere, we never do that for them. */
export type BlobNeed = 'present' | 'skipped' | 'move'

/** Must this blob travel? `look`: ask the destination whether it has it. About foreign layers it is always asked. */
export async function blobNeed(
  source: Side,
  destination: Side,
  descriptor: Descriptor,
  look: boolean,
): Promise<BlobNeed> {
  if (isSameStore(source, destination)) return 'present'
  const foreign = isForeignLayer(descriptor.mediaType)
  if ((look || foreign) && (await destination.run((store) => store.hasBlob(descriptor)))) return 'present'
  if (foreign && !(await source.run((store) => store.hasBlob(descriptor)))) return 'skipped'
  return 'move'
}
