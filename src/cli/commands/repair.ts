import { repairText, repairTold } from '../../report/index.ts'
import { command } from '../command.ts'
import type { Invocation } from '../command.ts'
import { argument, given, optional, repeated, toggle } from '../flags.ts'
import { digestOf, imageFlags, withImages } from './with-images.ts'
import type { ImageFlags } from './with-images.ts'

interface Flags extends ImageFlags {
  readonly from: readonly string[] | undefined
  readonly environment: string | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string]>({
  description:
    'Looks at an image down to the last blob and referrer and mends what is missing from other places that hold the same digest. With the name of an application: at what runs in each of its environments and at what ran there before. Exit code 1 says that something is missing still.',
  examples: [
    { line: 'repair ordersvc --dry-run', about: 'is everything whole, in every environment?' },
    {
      line: 'repair prod.example.com/ordersvc:1.4.0 --from staging.example.com/ordersvc',
      about: 'one image, from another repository',
    },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: {
      ...imageFlags,
      from: repeated('repository', 'A repository or layout:DIR that holds the same digest'),
      environment: optional('environment', 'Only this environment of the application'),
      dryRun: toggle('Only find out what is wrong'),
    },
    positional: {
      kind: 'tuple',
      parameters: [argument('image', 'Application in waybill.yaml, image reference, or layout:DIR[:tag]')],
    },
  },
  run: async (invocation, flags, image) => {
    const answer = /[/:]/.test(image)
      ? await repairOne(invocation, flags, image)
      : await invocation.workspace((open) => {
          const { environment, dryRun } = flags
          return open.repair({ application: image, ...given({ environment, dryRun }) })
        })
    return {
      exit: answer.outcome === 'broken' ? 1 : 0,
      value: answer,
      text: (paint) => repairText(answer, paint),
      told: () => repairTold(answer),
    }
  },
})

function repairOne(invocation: Invocation, flags: Flags, image: string) {
  const { onStep, signal } = invocation
  return withImages(invocation, flags, async ({ open, openTarget }) => {
    const { repairImage } = await import('../../registry/index.ts')
    const { repairAnswer } = await import('../../promotion/index.ts')
    const named = await open(image)
    const { store } = named
    const root = await digestOf(named)
    const opened = await Promise.all((flags.from ?? []).map((text) => openTarget(text)))
    const sources = opened.map((source) => source.store)
    return repairAnswer([await repairImage({ store, root, sources, dryRun: flags.dryRun, onStep, signal })])
  })
}
