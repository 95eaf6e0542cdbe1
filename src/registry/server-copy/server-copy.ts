import type { Digest, Repository } from '../../oci/index.ts'
import type { StoredManifest } from '../store.ts'
import type { ServiceName } from './settings.ts'

/** An image without what refers to it: its manifests, the root first, and the sizes of its blobs. */
export interface ImageShape {
  readonly manifests: ReadonlyMap<Digest, StoredManifest>
  readonly blobs: ReadonlyMap<Digest, number>
}

export interface ServerCopyOrder {
  readonly source: Repository
  readonly destination: Repository
  readonly root: StoredManifest
  readonly signal: AbortSignal
}

/** How Waybill would copy otherwise. */
export interface OwnWay {
  /** Each blob is looked at after it was mounted. */
  readonly deep: boolean
  /** The registry has been seen to mount blobs between repositories. */
  readonly mounts: boolean
}

/**
 * A service that brings an image from one repository to another inside a registry. What it says is never believed:
 * the copy looks at the destination afterwards. It writes no tags.
 */
export interface ServerCopy {
  readonly service: ServiceName
  /** Milliseconds it is given. */
  readonly wait: number
  /** Does it save more than it costs? */
  isWorth(image: ImageShape, own: OwnWay): boolean
  /**
   * Resolves when the service says that it is done; `left`: why nothing was asked of it.
   * @throws SERVER_COPY_FAILED, REGISTRY_UNREACHABLE, CLOUD_LOGIN_FAILED, CLOUD_BUSY, the signal's reason
   */
  bring(order: ServerCopyOrder): Promise<'done' | { readonly left: string }>
}
