import { printableLine } from '../base/index.ts'
import { formatPlatform, platformFromText } from '../oci/index.ts'
import type { Platform } from '../oci/index.ts'
import type { PlatformFacts } from './facts.ts'

/** `linux/arm64` inside a reason. The index that names it is anybody's text. */
export function platformName(platform: Platform): string {
  return printableLine(formatPlatform(platform), 60)
}

/**
 * True when a tool that names its platform so looked at this one. Scanners leave the variant out, which is good enough
 * where there is only one such platform.
 */
export function isPlatform(text: string, platform: Platform, all: readonly PlatformFacts[]): boolean {
  if (formatPlatform(platform) === text) return true
  const asked = platformFromText(text)
  if (!asked || all.some((other) => formatPlatform(other.platform) === text)) return false
  const alike = all.filter(
    (other) => other.platform.os === asked.os && other.platform.architecture === asked.architecture,
  )
  return alike.length === 1 && alike[0]?.platform === platform
}
