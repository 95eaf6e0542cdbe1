/** Something that whoever looks at a run should see at once. Its texts may be foreign. */
export interface Notice {
  readonly severity: 'error' | 'warning'
  readonly title: string
  readonly message: string
  /** Where in the sources, as configuration files are named. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** What later steps of a run may go by. The names are public: fields are added, never renamed. */
export interface Outputs {
  /** The `outcome` (or `result`) of the JSON document. */
  readonly outcome: string
  readonly digest?: string
  /** `repository@digest`, of an image that is there. */
  readonly image?: string
  readonly tags?: readonly string[]
  readonly version?: string
  /** Payload digest of the promotion record. */
  readonly record?: string
}

/** What a CI system is told of an answer, beside its text. */
export interface Told {
  /** What a comment on a pull request is about, so that a new one takes its place: `plan:ordersvc:staging`. */
  readonly topic: string
  readonly notices: readonly Notice[]
  readonly outputs: Outputs
}

/** A warning; the title says where it comes from. */
export function warning(title: string, message: string): Notice {
  return { severity: 'warning', title, message }
}

/** An error; the title says where it comes from. */
export function mistake(title: string, message: string): Notice {
  return { severity: 'error', title, message }
}
