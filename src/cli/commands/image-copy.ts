import { copyText, copyTold } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument, choice, repeated, toggle } from '../flags.ts'
import { atDigestText, digestOf, imageFlags, withImages } from './with-images.ts'
import type { ImageFlags } from './with-images.ts'

interface Flags extends ImageFlags {
  readonly noReferrers: boolean | undefined
  readonly tag: readonly string[] | undefined
  readonly verify: 'shallow' | 'deep' | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string, string]>({
  description:
    'Copies the image by digest with every platform, blob, signature and attestation; every byte is hashed on its way. What is there already is not sent again. The tags move last.',
  examples: [
    {
      line: 'image copy dev.example.com/ordersvc:dev qa.example.com/ordersvc:qa',
      about: 'registry to registry',
    },
    {
      line: 'image copy dev.example.com/ordersvc:dev qa.example.com/ordersvc:1.4.0 --tag 1.4 --tag 1',
      about: 'under several tags',
    },
    {
      line: 'image copy devacr.azurecr.io/ordersvc:dev prodacr.azurecr.io/ordersvc:1.4.0 -c waybill.yaml',
      about: 'by the registry itself where that file says so',
    },
    {
      line: 'image copy qa.example.com/ordersvc:qa layout:./ordersvc',
      about: 'into a folder, for offline checks',
    },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: {
      ...imageFlags,
      noReferrers: toggle('Only the image, nothing that is signed about it'),
      tag: repeated('name', 'A further tag to set at the destination'),
      verify: choice(
        ['shallow', 'deep'] as const,
        'deep asks for every manifest and blob and mends what is missing',
      ),
      dryRun: toggle('Only show what would be copied'),
    },
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
      const { copyClosure } = await import('../../registry/index.ts')
      const from = await open(source)
      const to = await openTarget(destination)
      const tags = [...new Set([...(to.tag === undefined ? [] : [to.tag]), ...(flags.tag ?? [])])]
      const { onStep, signal } = invocation
      onStep({ kind: 'step', step: 'copy', state: 'start' })
      const {
        root: digest,
        manifests,
        blobs,
        bytes,
        mounted,
        referrers,
        requests,
        serverSide,
      } = await copyClosure({
        source: from.store,
        destination: to.store,
        root: await digestOf(from),
        tags,
        // Within one repository whatever refers to the image is there already.
        referrers: !flags.noReferrers && from.store.location !== to.store.location,
        verify: flags.verify,
        dryRun: flags.dryRun,
        onStep,
        signal,
      })
      onStep({ kind: 'step', step: 'copy', state: 'done' })
      const counts = { manifests, blobs, bytes, mounted, referrers, requests }
      return {
        kind: 'copy',
        ...(flags.dryRun && { dryRun: true }),
        digest,
        source: atDigestText(from.store, digest),
        destination: atDigestText(to.store, digest),
        tags,
        copy: serverSide === undefined ? counts : { ...counts, serverSide },
      } as const
    })
    return {
      exit: 0,
      value,
      text: (paint) => copyText(value, paint),
      told: () => copyTold(value),
    }
  },
})
