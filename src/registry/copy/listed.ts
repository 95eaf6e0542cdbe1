import { fail } from '../../base/index.ts'
import { ociErrors } from '../../oci/index.ts'
import type { Descriptor } from '../../oci/index.ts'
import type { StoredManifest } from '../store.ts'
import type { Side } from './side.ts'

/** What an index says of its child must be so. @throws SIZE_MISMATCH, MEDIA_TYPE_CONFUSION (CVE-2021-41190) */
export function requireSame({ store }: Side, listed: Descriptor, { descriptor }: StoredManifest): void {
  const { location } = store
  if (listed.size !== descriptor.size) {
    throw fail(ociErrors.SIZE_MISMATCH, {
      message: `${location}: an index gives ${listed.digest} a size of ${listed.size} bytes, it has ${descriptor.size}.`,
      where: location,
    })
  }
  if (listed.mediaType !== descriptor.mediaType) {
    throw fail(ociErrors.MEDIA_TYPE_CONFUSION, {
      message: `${location}: an index calls ${listed.digest} ${listed.mediaType}, it is ${descriptor.mediaType}.`,
      where: location,
    })
  }
}

/** Manifests that share a blob must agree on its size. @returns a rejection with SIZE_MISMATCH when they do not */
export function requireOneSize(
  { store }: Side,
  { digest, size }: Descriptor,
  other: number,
): Promise<never> | undefined {
  if (size === other) return undefined
  return Promise.reject(
    fail(ociErrors.SIZE_MISMATCH, {
      message: `Two manifests in ${store.location} disagree on the size of ${digest}: ${other} and ${size} bytes.`,
      where: store.location,
    }),
  )
}
