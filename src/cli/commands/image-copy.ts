import { copyText } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument, toggle } from '../flags.ts'
import { atDigestText, imageFlags, withImages } from './with-images.ts'
import type { ImageFlags } from './with-images.ts'

interface Flags extends ImageFlags {
  readonly noReferrers: boolean | undefined
}

export default command<Flags, [string, string]>({
  description:
    'Copies the image by digest with every platform, blob, signature and attestation, and verifies all of it on arrival. What is there already is not sent again. The tag moves last.',
  examples: [
    {
      line: 'image copy dev.example.com/ordersvc:dev qa.example.com/ordersvc:qa',
      about: 'registry to registry',
    },
    {
      line: 'image copy qa.example.com/ordersvc:qa layout:./ordersvc',
      about: 'into a folder, for offline checks',
    },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: { ...imageFlags, noReferrers: toggle('Only the image, nothing that is signed about it') },
    positional: {
      kind: 'tuple',
      parameters: [
        argument('source', 'Image reference, or layout:DIR[:tag]'),
        argument('destination', 'Repository with or without a tag, or layout:DIR[:tag]'),
      ],
    },
  },
  run: async (invocation, flags, source, destination) => {
    const value = await withImages(invocation, flags, async ({ open, openTarget }) => {
      const { copyClosure, resolve } = await import('../../registry/index.ts')
      const from = await open(source)
      const to = await openTarget(destination)
      const { descriptor } = await resolve(from.store, from.name)
      const { onStep, signal } = invocation
      onStep({ kind: 'step', step: 'copy', state: 'start' })
      const { root, manifests, blobs, bytes, mounted, referrers, requests } = await copyClosure({
        source: from.store,
        destination: to.store,
        root: descriptor.digest,
        referrers: !flags.noReferrers,
        onStep,
        signal,
      })
      if (to.tag !== undefined) await to.store.putTag(to.tag, root)
      onStep({ kind: 'step', step: 'copy', state: 'done' })
      return {
        kind: 'copy',
        digest: root.descriptor.digest,
        source: atDigestText(from.store, root.descriptor.digest),
        destination: atDigestText(to.store, root.descriptor.digest),
        tags: to.tag === undefined ? [] : [to.tag],
        copy: { manifests, blobs, bytes, mounted, referrers, requests },
      } as const
    })
    return { exit: 0, value, text: (paint) => copyText(value, paint) }
  },
})
