import { formatDuration, WaybillError } from '../../base/index.ts'
import type { OnStep } from '../../base/index.ts'
import type { Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { RemoteRepository } from '../remote/repository.ts'
import type { ImageShape, ServerCopy } from '../server-copy/server-copy.ts'
import type { ServiceName } from '../server-copy/settings.ts'
import type { StoredManifest } from '../store.ts'
import { absentIfForbidden } from './closure-walk.ts'
import type { Side } from './side.ts'

/** What was found, and what was done, before the walk. */
export interface ServerHelp {
  /** The root at the destination. `unknown`: nobody looked since. */
  readonly root: StoredManifest | 'absent' | 'unknown'
  /** Whatever a service was asked to bring may be there, whole or in part. */
  readonly asked: boolean
  /** Who said that it is done. */
  readonly service?: ServiceName | undefined
  /** Manifests of the source that were read. */
  readonly known: ReadonlyMap<Digest, StoredManifest>
}

interface HelpOptions {
  readonly root: Digest
  readonly deep: boolean
  readonly onStep: OnStep
  readonly signal: AbortSignal
}

const STEP = 'server copy'
/** Azure imports no image with more, and Harbor is asked once for each platform. */
const MOST_MANIFESTS = 50

export const noHelp: ServerHelp = { root: 'unknown', asked: false, known: new Map() }

/**
 * Lets the destination's registry pull the image by itself where it can, is worth asking, and has not got it. Only
 * ever a short cut: whatever goes wrong is a warning, and what comes of it is looked at by the walk.
 */
export async function serverHelp(source: Side, destination: Side, options: HelpOptions): Promise<ServerHelp> {
  const [from, to] = [source.store, destination.store]
  if (!(from instanceof RemoteRepository && to instanceof RemoteRepository)) return noHelp
  const service = await to.services?.between(from.repository, to.repository)
  if (!service) return noHelp
  const { root, deep } = options
  const there = await destination.run((store) => store.manifest(root)).catch(absentIfForbidden)
  if (there) return { ...noHelp, root: there }
  const shape = await shapeOf(source, root)
  const known = shape?.manifests ?? noHelp.known
  const top = known.get(root)
  if (!shape || !top || !service.isWorth(shape, { deep, mounts: to.mounts }))
    return { root: 'absent', asked: false, known }
  const order = { source: from.repository, destination: to.repository, root: top, signal: options.signal }
  const said = await brought(service, order, options)
  if (said === 'failed') to.services?.giveUp(to.repository)
  const isDone = said === 'done'
  return { root: 'unknown', asked: true, known, ...(isDone && { service: service.service }) }
}

async function brought(
  service: ServerCopy,
  order: Parameters<ServerCopy['bring']>[0],
  { onStep, signal }: HelpOptions,
): Promise<'done' | 'left' | 'failed'> {
  const limit = AbortSignal.timeout(service.wait)
  onStep({ kind: 'step', step: STEP, state: 'start', note: service.service })
  try {
    const said = await service.bring({ ...order, signal: AbortSignal.any([signal, limit]) })
    if (said === 'done') onStep({ kind: 'step', step: STEP, state: 'done' })
    else onStep({ kind: 'step', step: STEP, state: 'skip', note: said.left })
    return said === 'done' ? 'done' : 'left'
  } catch (error) {
    signal.throwIfAborted()
    if (!limit.aborted && !(error instanceof WaybillError)) throw error
    const why = limit.aborted
      ? `It took longer than ${formatDuration(service.wait)}.`
      : (error as Error).message
    onStep(warning(`${order.destination.registry} did not copy the image by itself, so Waybill does. ${why}`))
    onStep({ kind: 'step', step: STEP, state: 'skip', note: 'Waybill copies itself' })
    return 'failed'
  }
}

/** It said that it was done, and nothing of it is there. */
export function warnOfNothing(service: ServiceName, { store }: Side, onStep: OnStep): void {
  onStep(warning(`${store.location} holds nothing of what ${service} said it had copied, so Waybill did.`))
}

function warning(message: string) {
  return { kind: 'warning', code: registryErrors.SERVER_COPY_FAILED.code, message } as const
}

/** undefined when it has more manifests than a service takes, or is not at the source: the walk says that. */
async function shapeOf(source: Side, root: Digest): Promise<ImageShape | undefined> {
  const content = (digest: Digest) => source.run((store) => store.content(digest))
  const top = await content(root)
  const children = top?.manifest.kind === 'index' ? top.manifest.manifests : []
  if (!top || children.length >= MOST_MANIFESTS) return undefined
  const found = await Promise.all(children.map(({ digest }) => content(digest)))
  const all = [top, ...found.filter((stored) => stored !== undefined)]
  const blobs = all.flatMap(({ manifest }) =>
    manifest.kind === 'index' ? [] : [manifest.config, ...manifest.layers],
  )
  return {
    manifests: new Map(all.map((stored) => [stored.descriptor.digest, stored])),
    blobs: new Map(blobs.map(({ digest, size }) => [digest, size])),
  }
}
