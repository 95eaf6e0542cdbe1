import * as z from 'zod'

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}
const FORM = /^(\d{1,9}(?:\.\d{1,3})?) ?(B|kB|KB|MB|GB|KiB|MiB|GiB)$/

/** `250MB`, `1.5 GiB` in files; bytes in values. */
export const byteSize = z
  .string()
  .regex(FORM, 'expected a size such as 250MB or 1.5GiB')
  .transform((text) => parseBytes(text) ?? 0)

export function parseBytes(text: string): number | undefined {
  const [, number, unit = ''] = FORM.exec(text) ?? []
  return number === undefined ? undefined : Math.round(Number(number) * (UNITS[unit] ?? 0))
}

/** `52.4 MB`, as registries and `docker images` count. */
export function formatBytes(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : bytes >= 1e6 ? ['MB', 1e6] : ['kB', 1e3]
  return `${(bytes / size).toFixed(1)} ${unit}`
}
