import { isObject } from '../base/index.ts'
import { isDigest } from './digest.ts'
import type { Digest } from './digest.ts'
import type { Platform } from './platform.ts'
import { parsePlatform } from './platform.ts'

/** OCI content descriptor (image-spec descriptor.md). `size` in bytes. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly artifactType?: string
  readonly platform?: Platform
  readonly urls?: readonly string[]
  /** Embedded content, base64; an optimisation that is ignored for reading. */
  readonly data?: string
}

const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/

export function isMediaType(text: unknown): text is string {
  return typeof text === 'string' && MEDIA_TYPE.test(text)
}

/** Reads a descriptor out of foreign JSON. Returns the flaw as a sentence part, or the descriptor. */
export function parseDescriptor(value: unknown): Descriptor | string {
  if (!isObject(value)) return 'is not an object'
  const { mediaType, digest, size, annotations, artifactType, platform, urls, data } = value
  if (!isMediaType(mediaType)) return 'has no valid mediaType'
  if (!isDigest(digest)) return `has no valid digest (found ${JSON.stringify(digest)?.slice(0, 100)})`
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return 'has no valid size'
  const read = parsePlatform(platform)
  return {
    mediaType,
    digest,
    size,
    ...(isStringMap(annotations) && { annotations }),
    ...(typeof artifactType === 'string' && { artifactType }),
    ...(read && { platform: read }),
    ...(Array.isArray(urls) && { urls: urls.filter((url) => typeof url === 'string') }),
    ...(typeof data === 'string' && { data }),
  }
}

export function isStringMap(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((entry) => typeof entry === 'string')
}
