/** Who may waive findings or gates of an environment. */
export interface WaiveRule {
  /** undefined = anybody who may assert waivers. */
  readonly roles?: readonly string[] | undefined
  /** Milliseconds. */
  readonly maxDuration: number
  /** undefined = as documented for environments that do not say. */
  readonly gates?: readonly string[] | undefined
  readonly notAuthor: boolean
}

/** Who may force a digest into an environment. */
export interface BreakGlassRule {
  readonly roles: readonly string[]
  readonly count: number
  /** Milliseconds. */
  readonly maxAge: number
  readonly notAuthor: boolean
}

/** Who may let something through that the gates of an environment do not. */
export interface Exceptions {
  readonly waive?: WaiveRule | undefined
  readonly breakGlass?: BreakGlassRule | undefined
}
