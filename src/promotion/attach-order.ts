import type { ResolvedImage } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { Signer } from '../signing/index.ts'

/** One fact about one image that is to be signed and hung on it. */
export interface AttachOrder {
  readonly store: ImageStore
  readonly image: ResolvedImage
  readonly predicateType: string
  readonly predicate: object
  readonly signer: Signer
  /** What the statement names. Default: the image and all its platforms. */
  readonly subjects?: readonly [Digest, ...Digest[]]
}
