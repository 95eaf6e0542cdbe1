import type { Digest, Repository } from '../oci/index.ts'

/** One image to be put in one place. */
export interface DeliverOrder {
  readonly application: string
  readonly environment: string
  /** Where the image is. */
  readonly repository: Repository
  readonly digest: Digest
  /** Human tag, written only where a tag stood next to the digest, and in the commit message. */
  readonly tag?: string
  /** The digest believed to be there now. Git holding a third one is TARGET_CHANGED. */
  readonly expected?: Digest
  /** Manifest digest of the promotion record, for the commit trailer. */
  readonly record?: Digest
  readonly kind: 'promote' | 'rollback' | 'break-glass'
  /** Payload digests of the statements that allowed a break-glass, for the commit trailer. */
  readonly breakGlass?: readonly Digest[]
  readonly message?: string
  readonly requestedBy?: string
}

/** Short texts that may outlive the process, by name. What is missing is found out again. */
export interface Remembered {
  get(name: string): string | undefined
  set(name: string, text: string): void
}

/** How git is reached, dated and signed off. */
export interface GitOptions {
  /** Relative repository paths are resolved against this. */
  readonly directory: string
  /** The environment git runs in: HOME, SSH agent, GIT_ASKPASS, GIT_AUTHOR_*. */
  readonly env: NodeJS.ProcessEnv
  readonly now: Date
  readonly signal?: AbortSignal
  readonly author?: { readonly name: string; readonly email: string }
  /** Where the short-lived bare repository is made. Default: the system's temporary directory. */
  readonly cacheDirectory?: string
  /** At which commit a delivery was found to stand. Default: nothing is remembered. */
  readonly remembered?: Remembered
}

/** What `deliver` did. Structurally promotion's `DeliveryReceipt`. */
export interface DeliveryResult {
  /** `kustomize`, `helm`, `manifests`. */
  readonly target: string
  /** As configured, without credentials. */
  readonly repository: string
  readonly branch: string
  /** The commit that carries the digest: ours, or the one found there when nothing had to change. */
  readonly commit: string
  /** Files changed by us; empty = already so. */
  readonly changed: readonly string[]
}
