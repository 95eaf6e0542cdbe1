import type { Temporal as T } from 'temporal-polyfill'

/** What a clock on the wall shows. */
export interface Wall {
  /** Days since 1970-01-01. */
  readonly date: number
  /** 1 = Monday … 7 = Sunday. */
  readonly weekday: number
  /** Minutes since midnight, with fractions. */
  readonly minute: number
}

/** Between instants (milliseconds since 1970) and the clocks on walls, by IANA's rules. */
export interface WallClock {
  at(zone: string, instant: number): Wall
  /** The instants at which the zone's clock shows this; two when an hour comes twice, the nearest ones when it is left out. */
  instants(zone: string, date: number, minute: number): readonly number[]
  /** When the zone's clocks are changed, from one instant to another. */
  changes(zone: string, from: number, to: number): readonly number[]
}

/** The zone rules are heavy, and most roads have no window: loaded where one is judged. */
export async function openWallClock(): Promise<WallClock> {
  const { Temporal } = await import('temporal-polyfill')
  return wallClock(Temporal)
}

function wallClock(temporal: typeof T): WallClock {
  const zoned = (zone: string, instant: number) =>
    temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
  const epoch = temporal.PlainDate.from('1970-01-01')
  return {
    at(zone, instant) {
      const { year, month, day, dayOfWeek, hour, minute, second, millisecond } = zoned(zone, instant)
      return {
        date: Date.UTC(year, month - 1, day) / 86_400_000,
        weekday: dayOfWeek,
        minute: hour * 60 + minute + (second + millisecond / 1000) / 60,
      }
    },
    instants(zone, date, minute) {
      const wall = epoch.add({ days: date }).toPlainDateTime().add({ minutes: minute })
      const both = (['earlier', 'later'] as const).map(
        (disambiguation) => wall.toZonedDateTime(zone, { disambiguation }).epochMilliseconds,
      )
      return [...new Set(both)]
    },
    changes(zone, from, to) {
      const found: number[] = []
      for (let next = zoned(zone, from).getTimeZoneTransition('next'); next;) {
        if (next.epochMilliseconds > to) break
        found.push(next.epochMilliseconds)
        next = next.getTimeZoneTransition('next')
      }
      return found
    },
  }
}
