import { treeText } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument } from '../flags.ts'
import { imageFlags, withImages } from './with-images.ts'
import type { ImageFlags } from './with-images.ts'

export default command<ImageFlags, [string]>({
  description:
    'Shows an image with its platforms, and under each digest everything that hangs on it: signatures, attestations, approvals, promotion records.',
  examples: [{ line: 'image tree prod.example.com/ordersvc:stable', about: 'what is signed about it?' }],
  outputs: ['text', 'json'],
  parameters: {
    flags: imageFlags,
    positional: { kind: 'tuple', parameters: [argument('image', 'Image reference, or layout:DIR[:tag]')] },
  },
  run: async (invocation, flags, image) => {
    const { reference, root } = await withImages(invocation, flags, async ({ open }) => {
      const { treeOf } = await import('../../registry/index.ts')
      const { store, name } = await open(image)
      return treeOf(store, name)
    })
    const value = { kind: 'tree', reference, root } as const
    return { exit: 0, value, text: (paint) => treeText(value, paint) }
  },
})
