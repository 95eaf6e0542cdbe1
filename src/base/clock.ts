/** Where "now" comes from. Tests and replays pass a fixed one. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** A time as Waybill writes it: RFC 3339, UTC, whole seconds. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

const MOMENT = /^\d{4}-\d\d-\d\d(?:[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,20})?)?(?:[Zz]|[+-]\d\d:\d\d))?$/

/**
 * A time that somebody states → milliseconds since 1970. RFC 3339, or a bare date, which is UTC. Anything else is
 * undefined: without a zone it would be another time on another machine.
 */
export function parseInstant(text: string): number | undefined {
  const parsed = MOMENT.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN
  return Number.isNaN(parsed) ? undefined : parsed
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `30s`, `30m`, `24h`, `7d`, or a sum such as `1h30m` → milliseconds; undefined when it is none of these. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+[smhd])+$/.test(text)) return undefined
  const parts = text.matchAll(/(\d+)([smhd])/g)
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0)
}

/** Milliseconds → the shortest readable form: `45s`, `12m`, `3h 20m`, `2d 4h`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 60) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 ? `${hours}h ${minutes % 60}m` : `${hours}h`
  const days = Math.floor(hours / 24)
  return hours % 24 ? `${days}d ${hours % 24}h` : `${days}d`
}
