export type CiEvent = 'push' | 'pull-request' | 'tag' | 'schedule' | 'manual'

/**
 * What a CI system says about the running job. Environment variables are claims by the job, not proof.
 * Every address is without credentials.
 */
export interface CiFacts {
  readonly system: 'azure-devops' | 'github' | 'gitlab' | 'jenkins'
  /** What is checked out; on a pull request usually a merge commit made by the CI system. */
  readonly commit?: string
  /** In full: `refs/heads/…`, `refs/tags/…`, `refs/pull/…`. */
  readonly ref?: string
  /** Anything that smells of a pull request is one: those builds are never promotable. */
  readonly event: CiEvent
  readonly pullRequest?: string
  /** The repository, as an https address. */
  readonly source?: string
  /** A page that shows this run. */
  readonly invocation?: string
  /** Number of this run, another one each time a job is run again. For tags: letters, digits, `.` and `-`. */
  readonly run?: string
  /** Who or what started it. */
  readonly actor?: string
  /** The pipeline definition or runner, as SLSA's builder.id. */
  readonly builderId?: string
  /** What only this system has a word for, by its own names; for provenance. */
  readonly details?: Readonly<Record<string, string>>
}

/** CiFacts in the making: anything may be missing or empty. */
export type CiDraft = Pick<CiFacts, 'system' | 'event'> & {
  readonly [K in Exclude<keyof CiFacts, 'system' | 'event' | 'details'>]?: string | undefined
} & { readonly details?: Readonly<Record<string, string | undefined>> }
