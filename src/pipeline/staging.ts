import type { ResolvedImage } from '../assessment/index.ts'
import type { Repository } from '../oci/index.ts'
import { copyClosure, openLayout } from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { BuildParts } from './build-job.ts'
import { inWorkFolder } from './work-folder.ts'

/** Where a build is put together, and how it gets from there to where it belongs. */
export interface Staging {
  readonly place: ImageStore
  readonly destination: ImageStore
  /** What an earlier run of the same build signed, so that it is not signed again. */
  readonly bringEvidence: (image: ResolvedImage) => Promise<void>
  /** The image with everything that is signed about it, checked at the destination. */
  readonly push: (image: ResolvedImage) => Promise<void>
}

/** Built where it belongs: nothing is to be found out about it first. */
export function inPlace(destination: ImageStore): Staging {
  const nothing = () => Promise.resolve()
  return { place: destination, destination, bringEvidence: nothing, push: nothing }
}

/** Built in an OCI layout that goes away again, and pushed when it may be. */
export async function inStaging<T>(
  destination: ImageStore,
  repository: Repository,
  { onStep, signal }: Pick<BuildParts, 'onStep' | 'signal'>,
  work: (staging: Staging) => Promise<T>,
): Promise<T> {
  return inWorkFolder(async (folder) => {
    const place = await openLayout(folder, { create: true, standsFor: repository })
    const plain = await openLayout(folder)
    return work({
      place,
      destination,
      // Referrers are copied after their subject, so where there is no image there is no evidence.
      bringEvidence: async ({ digest: root }) => {
        if (await destination.head(root))
          await copyClosure({ source: destination, destination: plain, root, signal })
      },
      push: async ({ digest: root }) => {
        signal.throwIfAborted()
        onStep({ kind: 'step', step: 'push', state: 'start', note: destination.location })
        await copyClosure({ source: plain, destination, root, onStep, signal })
        onStep({ kind: 'step', step: 'push', state: 'done' })
      },
    })
  })
}
