import type { Grouping } from '../ci-log/grouping.ts'

/** Where a line goes, how the CI folds, and milliseconds. */
export interface LinesOptions {
  readonly write: (text: string) => void
  readonly grouping: Grouping
  readonly now: () => number
}
