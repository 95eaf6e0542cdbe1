import { inspectionText } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument } from '../flags.ts'
import { atDigestText, imageFlags, withImages } from './with-images.ts'
import type { ImageFlags } from './with-images.ts'

export default command<ImageFlags, [string]>({
  description: 'Reads one manifest or index, checks that it is what its digest says, and shows it.',
  examples: [
    { line: 'image inspect prod.example.com/ordersvc:stable', about: 'what does the tag point at?' },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: imageFlags,
    positional: { kind: 'tuple', parameters: [argument('image', 'Image reference, or layout:DIR[:tag]')] },
  },
  run: async (invocation, flags, image) => {
    const value = await withImages(invocation, flags, async ({ open }) => {
      const { resolve } = await import('../../registry/index.ts')
      const { parseJson } = await import('../../base/index.ts')
      const { store, name } = await open(image)
      const { descriptor, bytes } = await resolve(store, name)
      const { digest, mediaType, size } = descriptor
      const reference = atDigestText(store, digest)
      return {
        kind: 'manifest',
        reference,
        digest,
        mediaType,
        size,
        manifest: parseJson(bytes, reference),
      } as const
    })
    return { exit: 0, value, text: (paint) => inspectionText(value, paint) }
  },
})
