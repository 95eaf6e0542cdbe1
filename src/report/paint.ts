/** How text is marked for a reader. On a terminal each is a colour; elsewhere it is the text itself. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly wait: (text: string) => string
  readonly unsure: (text: string) => string
  readonly accent: (text: string) => string
}

const same = (text: string) => text

/** No colours: pipes, files and people who asked for none. */
export const plainPaint: Paint = {
  bold: same,
  dim: same,
  good: same,
  bad: same,
  wait: same,
  unsure: same,
  accent: same,
}
