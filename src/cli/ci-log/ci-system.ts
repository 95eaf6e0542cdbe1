import type { Notice } from '../../report/index.ts'

/**
 * How one CI system is spoken to. Whatever is handed in is text; only these functions make commands of it, and no text
 * can end its command or add to it. What they give back is whole lines for the log, or nothing.
 */
export interface CiSystem {
  /** Begins a stretch of the log that folds. `at` in Unix seconds. */
  readonly groupStart: (title: string, at: number) => string
  readonly groupEnd: (title: string, at: number) => string
  /** Marks the run, and the line of a file when there is one. */
  readonly notice: (notice: Notice) => string
  /** Hands values to later steps. @throws what the file system says */
  readonly outputs: (values: Values) => Promise<string>
  /** Puts Markdown on the page of the run. `name` without blanks. @throws what the file system says */
  readonly summary: (name: string, markdown: string) => Promise<string>
}

/** Names are lower-case words; values hold no blank, quote, backslash or dollar and may be empty, see `valuesOf`. */
export type Values = Readonly<Record<string, string>>

const nothing = () => ''

/** A log that is only text: Jenkins, a pipe, a file. */
export const plainLog: CiSystem = {
  groupStart: nothing,
  groupEnd: nothing,
  notice: nothing,
  outputs: async () => '',
  summary: async () => '',
}
