import type { HoldAnswer, HoldPlace } from '../promotion/commands.ts'
import { columns, title } from './layout.ts'
import { md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { line, shortDigestText } from './words.ts'

const WIDTH = 80
const DONE = { written: 'ordered', already: 'already so', planned: 'planned', error: 'ERROR' } as const

/** `waybill hold` as text: one line for each application. */
export function holdText(answer: HoldAnswer, paint: Paint): string {
  const tone = answer.outcome === 'error' ? paint.unsure : paint.good
  const rows = answer.places.map((place) => [
    `  ${line(place.application, 40)}`,
    place.outcome === 'error' ? paint.unsure(DONE.error) : DONE[place.outcome],
    `${line(place.summary)}${signed(place)}`,
  ])
  return `${[...title(headline(answer), (text) => paint.bold(tone(text))), ...columns(rows, WIDTH)].join('\n')}\n`
}

export function holdMarkdown(answer: HoldAnswer): string {
  const rows = answer.places.map((place) => [
    md(place.application),
    md(DONE[place.outcome]),
    md(place.summary),
    md(place.signer ?? ''),
  ])
  return mdPage([`### ${md(headline(answer))}`, mdTable(['Application', 'Done', 'Order', 'Signed by'], rows)])
}

function headline({ environment, outcome }: HoldAnswer): string {
  return `Standing order for ${line(environment, 60)}: ${DONE[outcome]}`
}

function signed({ signer, payload }: HoldPlace): string {
  const which = payload ? `, ${shortDigestText(payload)}` : ''
  return signer ? ` (${line(signer, 80)}${which})` : ''
}
