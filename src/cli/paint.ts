import { styleText } from 'node:util'
import { plainPaint } from '../report/index.ts'
import type { Paint } from '../report/index.ts'

/** Colours for a terminal, or none. */
export function makePaint(colour: boolean): Paint {
  if (!colour) return plainPaint
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    styleText(format, text, { validateStream: false })
  return {
    bold: style('bold'),
    dim: style('dim'),
    good: style('green'),
    bad: style('red'),
    wait: style('yellow'),
    unsure: style('magenta'),
    accent: style('cyan'),
  }
}

/** Colour only on a terminal, and never against the user's word (https://no-color.org). */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv, noColor = false) {
  if (noColor || (env.NO_COLOR !== undefined && env.NO_COLOR !== '')) return false
  return stream.isTTY === true && env.TERM !== 'dumb'
}
