import type { VouchedFact } from './ci-identity.ts'

/** What started a build. A pull request is never promotable. */
export const buildEvents = ['push', 'pull-request', 'tag', 'schedule', 'manual'] as const
export type BuildEvent = (typeof buildEvents)[number]

/** The facts gates ask of a build, whatever build type they came in. What is not stated is undefined, never a default. */
export interface BuildFacts {
  /** Normalised https URL of the repository. */
  readonly source: string
  readonly commit: string
  /** `refs/heads/main`, in full. */
  readonly ref: string | undefined
  /** Without `refs/heads/`. undefined for a tag: who may push tags need not be who may push that branch. */
  readonly branch: string | undefined
  readonly event: BuildEvent | undefined
  readonly builderId: string
  readonly buildType: string
  /** E-mail of the commit's author, lower case, for "not approved by the author". */
  readonly author: string | undefined
  /** Who started the build, as its system calls them: an e-mail or a login. */
  readonly actor: string | undefined
  readonly dirty: boolean
  /** The platform's own token said whether the ref is protected. A job's variables do not count: the job sets them. */
  readonly isProtected: boolean | undefined
  /** Kind or name of the machine: `github-hosted`, a GitLab runner's name. */
  readonly runner: string | undefined
  /** The file or job that describes the build: `.github/workflows/release.yml`. */
  readonly workflow: string | undefined
  readonly invocation: string | undefined
  readonly finishedOn: string | undefined
  /** External parameters by path, as text: `workflow.path`, `inputs.debug`. Whoever starts a build can choose them. */
  readonly parameters: Readonly<Record<string, string>>
  /** Those of them that the facts above were read from. */
  readonly understood: readonly string[]
  /** The builder did not see the repository: its client told it source and commit. */
  readonly isHearsay: boolean
  /** Who signed the token that vouches for the facts in `vouched`; without one all of them are claims of the job. */
  readonly issuer: string | undefined
  readonly vouched: readonly VouchedFact[]
}
