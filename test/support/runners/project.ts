/** What a hosted CI system here needs of a project. */
export interface HostedProject {
  /** A folder for what runs leave behind. */
  readonly home: string
  /** Programs of the machines that jobs run on. */
  readonly bin: string
  /** Where the CI system says that the source is. */
  readonly source: string
  /** The repository, with `main`. */
  readonly origin: { readonly directory: string }
  /** Variables of the machines themselves, as a pool of one's own may have. */
  readonly machine?: Readonly<Record<string, string>>
}
