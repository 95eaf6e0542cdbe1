import { line } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument } from '../flags.ts'
import { usage } from '../usage.ts'
import { imageFlags, withImages } from './with-images.ts'
import type { ImageFlags } from './with-images.ts'

export default command<ImageFlags, [string, string]>({
  description:
    'Points a tag at an image that is already in the repository. Nothing is copied, and the digest stays what it is.',
  examples: [
    { line: 'image tag dev.example.com/ordersvc:git-4f2a91c7 tested', about: 'one more name for it' },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: imageFlags,
    positional: {
      kind: 'tuple',
      parameters: [argument('image', 'Image reference'), argument('tag', 'The tag, without the repository')],
    },
  },
  run: async (invocation, flags, image, tag) => {
    const { isTag } = await import('../../oci/index.ts')
    if (!isTag(tag)) throw usage(`Found "${tag}", expected a tag such as 1.4.0`, ['image', 'tag'])
    const value = await withImages(invocation, flags, async ({ open }) => {
      const { resolve } = await import('../../registry/index.ts')
      const { store, name } = await open(image)
      store.expectWrites()
      const [stored, before] = await Promise.all([resolve(store, name), store.head(tag)])
      const { digest } = stored.descriptor
      if (before?.digest !== digest) await store.putTags([tag], stored)
      const previous = before && before.digest !== digest ? { previous: before.digest } : {}
      return { kind: 'tag', repository: store.location, tag, digest, ...previous } as const
    })
    return {
      exit: 0,
      value,
      text: ({ bold }) => `${bold(`${line(value.repository)}:${value.tag}`)}\n  ${value.digest}\n`,
    }
  },
})
