import { createHash } from 'node:crypto'
import type { CiSystem } from './flow.ts'

/** Goes up when the same flows are written differently; it is part of `inputs`. */
const GENERATOR = 1

export interface Header {
  readonly system: CiSystem
  /** First 16 hex digits of the digest over what the file was made from. */
  readonly inputs: string
  /** The rest of the file is as it was written. Line ends do not count: git may change them. */
  readonly isUntouched: boolean
}

/**
 * The whole text of a file: one line that says where it comes from and what its rest looked like, then the rest.
 * @param flowsAndSettings what the body was made from, as JSON
 */
export function header(
  mark: '#' | '//' | '<!--',
  system: CiSystem,
  flowsAndSettings: object,
  body: string,
): string {
  const inputs = digest(JSON.stringify([GENERATOR, flowsAndSettings]))
  const told = `Made by "waybill ci init ${system}" from waybill.yaml; inputs sha256:${inputs}, text sha256:${digest(body)}.`
  return `${mark} ${told}${mark === '<!--' ? ' -->' : ''}\n${body}`
}

/** undefined: not a file that Waybill made. */
export function readHeader(text: string): Header | undefined {
  const whole = text.replaceAll('\r\n', '\n')
  const found = FIRST_LINE.exec(whole)
  const [line = '', system, inputs = '', body] = found ?? []
  if (!found) return undefined
  return { system: system as CiSystem, inputs, isUntouched: digest(whole.slice(line.length)) === body }
}

const FIRST_LINE =
  /^(?:#|\/\/|<!--) Made by "waybill ci init (azure|github|gitlab|jenkins)" from waybill\.yaml; inputs sha256:([0-9a-f]{16}), text sha256:([0-9a-f]{16})\.(?: -->)?\n/

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
