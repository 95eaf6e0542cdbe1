import { printableLine } from '../base/index.ts'
import { formatPlatform } from '../oci/index.ts'
import type { Platform } from '../oci/index.ts'

/** `linux/arm64` inside a reason. The index that names it is anybody's text. */
export function platformName(platform: Platform): string {
  return printableLine(formatPlatform(platform), 60)
}
