import type { DeliverTarget } from '../delivery/schema.ts'
import type { Repository } from '../oci/index.ts'
import type { Check, Tests } from '../pipeline/check/schema.ts'
import type { BuildConfig } from '../pipeline/schema.ts'
import type { Exceptions, Gate } from '../policy/schema.ts'
import type { ProveCommand, TagTemplate } from '../promotion/schema.ts'
import type { ServerCopySettings } from '../registry/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import type { ProgramSettings } from '../tools/schema.ts'
import type { CiSettings } from './ci-schema.ts'

/** Everything waybill.yaml and its trust policy say, checked and complete. */
export interface Config {
  /** As it was named; messages show it. */
  readonly file: string
  /** Absolute; relative paths in the file start here. */
  readonly directory: string
  readonly applications: ReadonlyMap<string, Application>
  /** In the order of the file. */
  readonly environments: ReadonlyMap<string, Environment>
  readonly trust: TrustPolicy
  readonly sign: SignConfig
  readonly signing: SigningConfig
  /** undefined = the defaults, and no warning when a job has no token. */
  readonly identity: IdentityConfig | 'off' | undefined
  /** By `host[:port]`. */
  readonly registries: ReadonlyMap<string, RegistryConfig>
  /** Where outside tools come from, by name. */
  readonly tools: Readonly<Record<string, ProgramSettings>>
  readonly ci: CiSettings | undefined
}

export interface Application {
  readonly name: string
  /** URL of its repository; provenance must agree. */
  readonly source?: string
  readonly build?: BuildConfig
  /** Its own, else those at the top of the file. */
  readonly checks: readonly Check[]
  readonly tests?: Tests
}

export interface Environment {
  readonly name: string
  /** build: takes what CI built. environment: takes what an environment of `after` has. */
  readonly accepts: 'build' | 'environment'
  readonly after: Upstream | undefined
  /** Template: `registry.example.com/dev/{application}`. */
  readonly repository: string
  readonly tags: readonly TagTemplate[]
  readonly gates: readonly Gate[]
  readonly exceptions?: Exceptions
  /** Templates: `{application}` and `{environment}` are filled by `placeOf`. */
  readonly deliver: readonly DeliverTarget[]
  readonly prove: readonly ProveCommand[]
  readonly auto: 'off' | 'latest' | 'queue'
}

export interface Upstream {
  readonly mode: 'all' | 'any'
  readonly environments: readonly string[]
}

/** Signing keys by class of fact (`build`, `tests`, `pass`…) or predicate short name. */
export type SignConfig = Readonly<Record<string, SignKey | undefined>>

export interface SignKey {
  /** `env://NAME`, or a file relative to the configuration. */
  readonly key: string
  /** `env://NAME` of the key's password. */
  readonly password?: string
}

/** How facts are signed besides which key does it. */
export interface SigningConfig {
  readonly profile: 'bundle' | 'bundle+legacy'
  /** By class of fact, as in `SignConfig`: everything that is more than a plain key. */
  readonly facts: Readonly<Record<string, SigningDetail | undefined>>
  /** Address of the time-stamp authority for facts that name none. */
  readonly timestamp: string | undefined
}

export interface SigningDetail {
  /** File of the key's certificate, relative to the configuration. */
  readonly certificate?: string
  readonly timestamp?: string
  readonly keyless?: KeylessConfig
}

/** Base addresses of a Sigstore instance, and where the identity comes from. */
export interface KeylessConfig {
  readonly fulcio: string
  readonly rekor?: string
  readonly tsa?: string
  /** `github`, `gitlab`, `env://NAME` or a file. */
  readonly identityToken: string
}

/** How a build finds the identity of its CI job. */
export interface IdentityConfig {
  readonly require: boolean
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly token?: { readonly variable: string } | { readonly file: string } | undefined
  readonly serviceConnection?: string | undefined
}

export interface RegistryConfig {
  readonly plainHttp: boolean
  readonly serverSideCopy?: ServerCopySettings | undefined
}

/** One application in one environment: templates filled. */
export interface Place {
  readonly application: Application
  readonly environment: Environment
  readonly repository: Repository
  readonly deliver: readonly DeliverTarget[]
}
