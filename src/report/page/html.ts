import { printable } from '../../base/index.ts'

declare const markup: unique symbol
/** Markup that is safe to put into a page: written here, or escaped. Only `html` makes it. */
export type Html = { readonly text: string; readonly [markup]: true }

type Value = Html | string | number | undefined | false | readonly Html[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A template whose every value is escaped, unless it is markup already. undefined and false are nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return asMarkup(parts.map((part, at) => part + (at < values.length ? render(values[at]) : '')).join(''))
}

/** The page's own style sheet, which is no foreign text. */
export function verbatim(text: string): Html {
  return asMarkup(text)
}

function render(value: Value): string {
  if (value === undefined || value === false) return ''
  if (Array.isArray(value)) return value.map((one: Html) => one.text).join('')
  return typeof value === 'object' ? (value as Html).text : escape(String(value))
}

function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

function asMarkup(text: string): Html {
  return { text } as Html
}
