/** A recurring or dated stretch of wall-clock time in one time zone. */
export interface RecurringSpan {
  readonly zone: string
  /** 1 = Monday … 7 = Sunday; absent = every day. Of an overnight span: the day it begins on. */
  readonly days?: readonly number[]
  /** First and last day, both included, as days since 1970-01-01. */
  readonly dates?: readonly [number, number]
  /** Minutes since midnight; absent = the whole day. The end is not inside; an end before the start is on the next day. */
  readonly time?: readonly [number, number]
}

/** From one wall-clock moment to another, as minutes since 1970-01-01 00:00 on the zone's own clock. */
export interface MomentSpan {
  readonly zone: string
  readonly moments: readonly [number, number]
}

export type Span = RecurringSpan | MomentSpan

/** What is wrong with a span as written; `offset` counts characters. */
export interface SpanFlaw {
  readonly flaw: string
  readonly offset: number
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const MOMENT = String.raw`\d{4}-\d\d-\d\dT\d{1,2}:\d\d`
export const MINUTES_PER_DAY = 1440

interface Word {
  readonly text: string
  readonly offset: number
}

/** `Mon-Thu 09:00-16:00 Europe/Berlin`, `2026-12-20..2027-01-03 UTC`: days, dates and times in any order, then the zone. */
export function parseSpan(text: string): Span | SpanFlaw {
  const words = [...text.matchAll(/\S+/g)].map(([word], index, all) => ({
    text: word,
    offset: all[index]?.index ?? 0,
  }))
  const zone = words.at(-1)
  if (!zone || !isZone(zone.text))
    return {
      flaw: `found ${zone ? `"${zone.text}"` : 'nothing'} at the end, expected a time zone such as Europe/Berlin or UTC`,
      offset: zone?.offset ?? 0,
    }
  return words.length === 2 && new RegExp(`^${MOMENT}\\.\\.${MOMENT}$`).test(words[0]?.text ?? '')
    ? momentSpan(words[0] ?? zone, zone.text)
    : recurringSpan(words.slice(0, -1), zone.text)
}

/** An IANA name, or UTC. Offsets and abbreviations are refused: they know no daylight saving time. */
export function isZone(name: string): boolean {
  if (name === 'UTC') return true
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)+$/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** A span as one writes it, whatever way it was written. */
export function formatSpan(span: Span): string {
  if ('moments' in span) return `${span.moments.map(momentText).join('..')} ${span.zone}`
  const { days, dates, time, zone } = span
  const [first = 0, last = 0] = dates ?? []
  const parts = [
    dates && (first === last ? dateText(first) : `${dateText(first)}..${dateText(last)}`),
    days && daysText(days),
    time && `${timeText(time[0])}-${timeText(time[1])}`,
    zone,
  ]
  return parts.filter((part) => part !== undefined).join(' ')
}

function momentSpan(word: Word, zone: string): Span | SpanFlaw {
  const ends = word.text.split('..').map((text) => {
    const [date = '', time = ''] = text.split('T')
    const day = parseDate(date)
    const minute = parseTime(time)
    return day === undefined || minute === undefined ? undefined : day * MINUTES_PER_DAY + minute
  })
  const [since, until] = ends
  if (since === undefined || until === undefined)
    return { flaw: `found "${word.text}", which is no real date and time`, offset: word.offset }
  if (since >= until)
    return { flaw: `found "${word.text}", expected the start before the end`, offset: word.offset }
  return { zone, moments: [since, until] }
}

function recurringSpan(words: readonly Word[], zone: string): Span | SpanFlaw {
  let span: RecurringSpan = { zone }
  for (const { text, offset } of words) {
    const part = partOf(text)
    if (typeof part === 'string') return { flaw: part, offset }
    const [key] = Object.keys(part)
    if (key && key in span) return { flaw: `found "${text}" besides other ${key}, expected one`, offset }
    span = { ...span, ...part }
  }
  return span
}

function partOf(text: string): Partial<RecurringSpan> | string {
  if (/^\d{4}-/.test(text)) return datesOf(text)
  if (/^\d{1,2}:/.test(text)) return timesOf(text)
  return daysOf(text)
}

function datesOf(text: string): Partial<RecurringSpan> | string {
  const [first, last = first] = text.split('..').map(parseDate)
  const isShaped = /^\d{4}-\d\d-\d\d(?:\.\.\d{4}-\d\d-\d\d)?$/.test(text)
  if (!isShaped || first === undefined || last === undefined)
    return `found "${text}", expected a date such as 2026-12-24, or two: 2026-12-20..2027-01-03`
  return first <= last ? { dates: [first, last] } : `found "${text}", expected the first day before the last`
}

function timesOf(text: string): Partial<RecurringSpan> | string {
  const [from, to, ...more] = text.split('-').map(parseTime)
  if (from === undefined || to === undefined || more.length > 0 || from === MINUTES_PER_DAY)
    return `found "${text}", expected times such as 09:00-16:00 or 22:00-06:00`
  return from === to ? `found "${text}", which is no time at all` : { time: [from, to] }
}

function daysOf(text: string): Partial<RecurringSpan> | string {
  const found = new Set<number>()
  for (const part of text.toLowerCase().split(',')) {
    const [first = '', last = first, ...more] = part.split('-')
    const from = DAYS.indexOf(first)
    const to = DAYS.indexOf(last)
    if (from < 0 || to < 0 || more.length > 0)
      return `found "${text}", expected days such as Mon-Thu or Sat,Sun, dates, or times such as 09:00-16:00`
    for (let day = from; ; day = (day + 1) % 7) {
      found.add(day + 1)
      if (day === to) break
    }
  }
  return { days: [...found].toSorted((a, b) => a - b) }
}

/** Days since 1970-01-01; undefined when there is no such day. */
export function parseDate(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined
  const time = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text
    ? undefined
    : time / 86_400_000
}

/** Minutes since midnight; `24:00` is the end of the day. */
export function parseTime(text: string): number | undefined {
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(text) ?? []
  if (hour === undefined || Number(minute) > 59) return undefined
  const minutes = Number(hour) * 60 + Number(minute)
  return minutes > MINUTES_PER_DAY ? undefined : minutes
}

function dateText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10)
}

function timeText(minutes: number): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

function momentText(minutes: number): string {
  const day = Math.floor(minutes / MINUTES_PER_DAY)
  return `${dateText(day)}T${timeText(minutes - day * MINUTES_PER_DAY)}`
}

/** Runs of days as `Mon-Thu`. */
function daysText(days: readonly number[]): string {
  const runs: number[][] = []
  for (const day of days) {
    const run = runs.at(-1)
    if (run && run.at(-1) === day - 1) run.push(day)
    else runs.push([day])
  }
  const name = (day = 1) => {
    const word = DAYS[day - 1] ?? ''
    return word.charAt(0).toUpperCase() + word.slice(1)
  }
  return runs
    .map((run) => (run.length === 1 ? name(run[0]) : `${name(run[0])}-${name(run.at(-1))}`))
    .join(',')
}
