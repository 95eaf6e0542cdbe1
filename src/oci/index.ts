export {
  algorithmOf,
  checkContent,
  DigestCheck,
  digestOf,
  hexOf,
  isDigest,
  parseDigest,
  shortDigest,
} from './digest.ts'
export type { Digest } from './digest.ts'
export { isMediaType, parseDescriptor } from './descriptor.ts'
export type { Descriptor } from './descriptor.ts'
export { ociErrors } from './errors.ts'
export { childrenOf, effectiveArtifactType, emptyConfig, manifestBytes, parseManifest } from './manifest.ts'
export type { ImageIndex, ImageManifest, Manifest } from './manifest.ts'
export { isForeignLayer, isImageManifestType, isIndexType, mediaTypes } from './media-types.ts'
export {
  formatPlatform,
  isAttestationEntry,
  parsePlatform,
  parsePlatformConfig,
  platformFromText,
} from './platform.ts'
export type { Platform } from './platform.ts'
export {
  atDigest,
  formatReference,
  formatRepository,
  isRepositoryName,
  isReservedTag,
  isTag,
  parseReference,
  parseRepository,
  sameRepository,
} from './reference.ts'
export type { DigestReference, ImageReference, Repository, TagReference } from './reference.ts'
