import type { Mark } from '../words.ts'
import { markWords, shortDigestText } from '../words.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { icons } from './icons.ts'

/** A result as word, picture and colour. */
export function badge(mark: Mark, words: string = markWords[mark]): Html {
  return html`<span class="badge ${mark}">${icons[mark]}${words}</span>`
}

/** A digest for people: 12 digits, the whole one on hover and for readers of the source. */
export function shortCode(digest: string): Html {
  return html`<code class="short" title="${digest}">${shortDigestText(digest)}</code>`
}

/** Small facts under a card: name, value. Values that are absent leave no row. */
export function factList(rows: readonly (readonly [string, Html | string | undefined])[]): Html {
  const kept = rows.flatMap(([name, value]) =>
    value === undefined || value === ''
      ? []
      : [
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
        ],
  )
  return html`<dl class="more">${kept}</dl>`
}

export interface Column {
  readonly head: string
  /** The cell that names its row. */
  readonly isName?: boolean
  /** A column of sentences. */
  readonly isText?: boolean
}

export interface Row {
  readonly id?: string
  readonly cells: readonly (Html | string)[]
}

/** A table that turns into stacked blocks on a narrow screen. */
export function table(caption: string, columns: readonly Column[], rows: readonly Row[]): Html {
  const heads = columns.map(({ head }) => html`<th scope="col">${head}</th>`)
  const body = rows.map(({ id, cells }) => {
    const filled = cells.map((value, at) => cell(columns[at], value))
    return id
      ? html`<tr id="${id}">
          ${filled}
        </tr>`
      : html`<tr>
          ${filled}
        </tr>`
  })
  return html`<div class="table">
    <table class="stack">
      <caption class="small soft">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`
}

function cell(column: Column | undefined, value: Html | string): Html {
  if (column?.isName) return html`<th scope="row">${value}</th>`
  const kind = column?.isText ? 'says' : ''
  return html`<td class="${kind}" data-label="${column?.head ?? ''}">${value}</td>`
}

/** Pieces joined by a separator. */
export function joined(pieces: readonly Html[], separator = ' '): Html {
  return html`${pieces.map((piece, at) => (at === 0 ? piece : html`${separator}${piece}`))}`
}

/** Anchor of a piece of evidence. */
export function evidenceId(payload: string): string {
  return `evidence-${shortDigestText(payload).replaceAll(/[^0-9a-f]/g, '')}`
}
