import type { Measured } from './measured.ts'
import { median } from './median.ts'

/** What one tool did in one case and setting. */
export interface Row {
  readonly tool: string
  /** Why there are no figures. */
  readonly absent?: string
  /** To registries, refused ones included. */
  readonly requests?: number
  /** To the token server. */
  readonly tokens?: number
  /** Medians: milliseconds, CPU milliseconds, peak MiB. Undefined where the machine cannot measure them. */
  readonly wall?: number | undefined
  readonly cpu?: number | undefined
  readonly memory?: number | undefined
  /** Milliseconds of every run, in the order they ran. */
  readonly walls?: readonly number[]
  /** The requests of the counted run. */
  readonly trace?: readonly string[]
}

/** A row from the timed runs and from the requests of a counted one. */
export function rowOf(tool: string, runs: readonly Measured[], trace: readonly string[] = []): Row {
  const tokens = trace.filter((line) => line.includes(' /token')).length
  return {
    tool,
    requests: trace.length - tokens,
    tokens,
    wall: median(runs.map(({ wall }) => wall)),
    cpu: median(runs.map(({ cpu }) => cpu)),
    memory: median(runs.map(({ memory }) => memory)),
    walls: runs.map(({ wall }) => Math.round(wall)),
    trace,
  }
}
