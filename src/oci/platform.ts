import { isObject, parseJson } from '../base/index.ts'

/** Platform of an image (image-spec image-index.md). */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
}

/** `linux/arm64/v8` for people and for CLI flags. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform
  return [os, architecture, variant].filter(Boolean).join('/')
}

/** `os/arch[/variant]` → Platform; undefined when it is not that. */
export function platformFromText(text: string): Platform | undefined {
  const [os, architecture, variant, ...rest] = text.split('/')
  if (!os || !architecture || rest.length > 0 || !/^[a-z0-9/._-]+$/i.test(text)) return undefined
  return { os, architecture, ...(variant && { variant }) }
}

export function parsePlatform(value: unknown): Platform | undefined {
  if (!isObject(value) || typeof value.os !== 'string' || typeof value.architecture !== 'string')
    return undefined
  return {
    os: value.os,
    architecture: value.architecture,
    ...(typeof value.variant === 'string' && value.variant !== '' && { variant: value.variant }),
    ...(typeof value['os.version'] === 'string' && { 'os.version': value['os.version'] }),
    ...(Array.isArray(value['os.features']) && {
      'os.features': value['os.features'].filter((f) => typeof f === 'string'),
    }),
  }
}

/** BuildKit keeps unsigned attestations in the index as entries for platform unknown/unknown. */
export function isAttestationEntry(descriptor: {
  readonly platform?: Platform
  readonly annotations?: Readonly<Record<string, string>>
}): boolean {
  return (
    descriptor.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' ||
    (descriptor.platform?.os === 'unknown' && descriptor.platform.architecture === 'unknown')
  )
}

/** The platform an image config states (image-spec config.md). @throws JSON_INVALID */
export function parsePlatformConfig(bytes: Uint8Array, where: string): Platform | undefined {
  return parsePlatform(parseJson(bytes, where))
}
