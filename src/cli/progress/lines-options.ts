import type { Grouping } from './grouping.ts'

/** Where a line goes, how the CI folds, and monotonic milliseconds. */
export interface LinesOptions {
  readonly write: (text: string) => void
  readonly grouping: Grouping
  readonly now: () => number
}
