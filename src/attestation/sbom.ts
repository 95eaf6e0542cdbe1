/** One component of a software bill of materials. */
export interface SbomComponent {
  readonly name: string
  readonly version: string | undefined
  readonly purl: string | undefined
  /** `library`, `operating-system`, `application`… as CycloneDX calls it. */
  readonly type: string | undefined
  /** SPDX expressions, or names where there is no SPDX id. Declared and concluded together. */
  readonly licences: readonly string[]
}

/** An SBOM, whatever its format. */
export interface Sbom {
  readonly format: 'cyclonedx' | 'spdx'
  readonly specVersion: string
  readonly createdOn: string | undefined
  /** `name version` of what made it. */
  readonly tools: readonly string[]
  readonly components: readonly SbomComponent[]
  /** Digests it says it is about. */
  readonly about: readonly string[]
}
