import type { Around } from '../handler.ts'
import type { CoreOptions } from '../core-options.ts'

/** How one kind of registry differs from the specification. State it keeps lives as long as the registry runs. */
export interface Quirk {
  /** Changes what the honest core is started with. */
  readonly prepare?: (options: CoreOptions) => CoreOptions
  /** Layers around the honest core; the first is the outermost. */
  readonly around?: readonly Around[]
}

export interface Profile<SETTINGS extends object> {
  /** What it does, in one line. */
  readonly about: string
  /** Where the behaviour is known from, in one line. */
  readonly knownFrom: string
  readonly make: (settings: SETTINGS, now: () => Date) => Quirk
}

/** Declares a profile. Every setting must have a default. */
export function profile<SETTINGS extends object = object>(given: Profile<SETTINGS>): Profile<SETTINGS> {
  return given
}
