import type { Vouched } from '../attestation/index.ts'
import { printable, printableLine } from '../base/index.ts'
import type { Paint } from './paint.ts'

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Bytes for people, decimal units: `52.4 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`
}

/** The first 12 hex digits, for people; whatever is not a digest is shortened and made printable. */
export function shortDigestText(digest: string): string {
  const hex = /^sha(?:256|512):([0-9a-f]{12})/.exec(digest)?.[1]
  return hex ?? printableLine(digest, 20)
}

/** `2026-11-20 16:34 UTC`. What is no time is shown as it is, printable. */
export function formatTime(time: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z$/.exec(time)
  return parts ? `${parts[1]} ${parts[2]} UTC` : printableLine(time, 40)
}

/** `3 blobs`, `1 blob`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

/** Untrusted text on one line, made harmless. */
export function line(text: string, width = 400): string {
  return printableLine(text, width)
}

/** Untrusted text of many lines, each made harmless where it stands. */
export function lines(text: string): readonly string[] {
  return text.split('\n').map((one) => printable(one.replaceAll('\t', '  ')))
}

export type Mark = 'pass' | 'fail' | 'error' | 'pending' | 'waived' | 'note'

/** The word for a result. Meaning is never in the colour alone. */
export const markWords: Readonly<Record<Mark, string>> = {
  pass: 'PASS',
  fail: 'FAIL',
  error: 'ERROR',
  pending: 'WAIT',
  waived: 'WAIVED',
  note: 'NOTE',
}

/** The word for a result in its colour: fail and error never look alike. */
export function paintMark(mark: Mark, paint: Paint): string {
  const tone = {
    pass: paint.good,
    fail: paint.bad,
    error: paint.unsure,
    pending: paint.wait,
    waived: paint.wait,
    note: paint.dim,
  }[mark]
  return tone(markWords[mark])
}

/** Who vouches for what is said of a build. */
export function vouchedText({ verified, issuer = '', facts }: Vouched): string {
  return verified
    ? `${facts.join(', ') || 'nothing'} verified by ${line(issuer, 200)}`
    : 'claimed, not verified'
}
