/** How the embedded registry knows its callers. Every named user may pull, push and delete everything. */
export interface RegistryAuth {
  /** `basic`: credentials with every request. `bearer`: credentials buy a short token, as on the large registries. */
  readonly kind: 'basic' | 'bearer'
  /** Name → password. */
  readonly users: ReadonlyMap<string, string>
  /** Bearer only: the token address that is advertised. Default: this registry's own `/token`. */
  readonly realm?: string
  /** Callers without credentials may pull. Default false. */
  readonly anonymousPull?: boolean
}

/** What the registry does, whatever directory and address it has. */
export interface CoreOptions {
  /** Default: everyone may do everything. */
  readonly auth?: RegistryAuth
  /** Default true. False behaves like docker-registry 2.8: 404 on the referrers API and no OCI-Subject. */
  readonly referrersApi?: boolean
  /** Take manifests whose blobs or children are missing. Default false. */
  readonly sparse?: boolean
}
