import { createHash } from 'node:crypto'
import { html, verbatim } from './html.ts'
import type { Html } from './html.ts'
import { icons } from './icons.ts'
import { style } from './style.ts'

export interface Page {
  /** For the window and the first heading. */
  readonly title: string
  /** Under the heading: what this is, in a sentence or two. */
  readonly lead: Html
  readonly sections: readonly Html[]
  /** Last line, e.g. how it was made. */
  readonly foot?: string
}

/** A whole, self-contained page: nothing is loaded from anywhere, and its policy forbids that it ever is. */
export function pageHtml({ title, lead, sections, foot }: Page): string {
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${verbatim(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title} · Waybill</title>
        ${verbatim(`<style>${style}</style>`)}
      </head>
      <body>
        <a class="skip" href="#content">To the content</a>
        <header>
          <p class="brand">${icons.brand}<span>Waybill</span></p>
          <h1>${title}</h1>
          ${lead}
        </header>
        <main id="content">${sections.map((section) => html`${section} `)}</main>
        <footer>
          <p>
            ${foot ?? 'Made by Waybill from signed records. Build once, promote the digest, prove every hop.'}
          </p>
        </footer>
      </body>
    </html> `.text
}

/** A titled part of a page. */
export function section(id: string, title: string, ...content: readonly Html[]): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section>`
}
