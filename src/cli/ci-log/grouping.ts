import type { CiSystem } from './ci-system.ts'

/** Begins and ends a stretch of the log that a CI system folds. `at` in Unix seconds. */
export interface Grouping {
  readonly start: (title: string, at: number) => void
  readonly end: (title: string, at: number) => void
}

/** Folding as a CI system does it. `print` takes its commands as they are. */
export function groupingFor(system: CiSystem, print: (lines: string) => void): Grouping {
  return {
    start: (title, at) => print(system.groupStart(title, at)),
    end: (title, at) => print(system.groupEnd(title, at)),
  }
}
