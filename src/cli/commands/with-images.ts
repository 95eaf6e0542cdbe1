import { resolve } from 'node:path'
import { isDigest } from '../../oci/index.ts'
import type { Digest, Repository } from '../../oci/index.ts'
import type { ImageStore } from '../../registry/index.ts'
import type { Invocation } from '../command.ts'
import { repeated } from '../flags.ts'

export interface NamedImage {
  readonly store: ImageStore
  /** Tag or digest. */
  readonly name: string
}

/** How `image …` reaches images: with the caller's own registry credentials, and no waybill.yaml that was not named. */
export interface Images {
  readonly open: (reference: string) => Promise<NamedImage>
  /** A place to write to; its tag is absent when the text names none. Layouts are made when missing. */
  readonly openTarget: (
    reference: string,
  ) => Promise<{ readonly store: ImageStore; readonly tag: string | undefined }>
}

export interface ImageFlags {
  readonly plainHttp: readonly string[] | undefined
}

export const imageFlags = {
  plainHttp: repeated('host', 'Speak HTTP without TLS to this host; loopback always does'),
}

/** Connects, asks, and closes the connections. */
export async function withImages<T>(
  { cwd, env, signal, config }: Invocation,
  { plainHttp }: ImageFlags,
  ask: (images: Images) => Promise<T>,
): Promise<T> {
  const { connect, connectBy, openImage } = await import('../../wiring/images.ts')
  const client =
    config === undefined
      ? connect({ env, signal }, new Set(plainHttp))
      : await connectBy(config, { cwd, env, signal }, plainHttp)
  try {
    return await ask({
      open: (reference) => openImage(reference, undefined, client, cwd),
      openTarget: (reference) => openTarget(reference, cwd, (repository) => client.repository(repository)),
    })
  } finally {
    await client.close()
  }
}

async function openTarget(text: string, cwd: string, remote: (repository: Repository) => ImageStore) {
  const layout = /^layout:(.+?)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?$/.exec(text)
  if (layout) {
    const { openLayout } = await import('../../registry/index.ts')
    return { store: await openLayout(resolve(cwd, layout[1] ?? ''), { create: true }), tag: layout[2] }
  }
  const { parseReference } = await import('../../oci/index.ts')
  const reference = parseReference(text)
  const isBare = reference.tag === 'latest' && !text.endsWith(':latest')
  return { store: remote(reference), tag: isBare ? undefined : reference.tag }
}

/** A digest needs no question: whoever is asked for it may have it already. A tag is resolved, once. */
export async function digestOf({ store, name }: NamedImage): Promise<Digest> {
  if (isDigest(name)) return name
  const { resolve } = await import('../../registry/index.ts')
  return (await resolve(store, name)).descriptor.digest
}

/** `host/path@digest` or `layout:dir@digest`. */
export function atDigestText(store: ImageStore, digest: Digest): string {
  return `${store.location}@${digest}`
}
