/** `linux/arm64` is what `linux/arm64/v8` is called without its only variant; tools leave other variants out too. */
export function isPlainPlatform(told: string, platform: string): boolean {
  const [os, architecture, variant] = told.split('/')
  const [ownOs, ownArchitecture, ownVariant] = platform.split('/')
  if (os !== ownOs || architecture !== ownArchitecture) return false
  return variant === undefined || ownVariant === undefined || variant === ownVariant
}
