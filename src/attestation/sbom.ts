/** One component of a software bill of materials. Files are not components. */
export interface SbomComponent {
  readonly name: string
  readonly version: string | undefined
  readonly purl: string | undefined
  /** `library`, `operating-system`, `application`… as CycloneDX calls it. */
  readonly type: string | undefined
  /**
   * SPDX expressions, or names where there is no SPDX id. Declared and concluded together, all of them hold.
   * Empty = the document does not say; `NONE` = it says that there is none.
   */
  readonly licences: readonly string[]
  /** Who supplies, makes or publishes it. */
  readonly supplier?: string
  /** A purl, CPE, SWID tag or hash tells it apart outside this document too. */
  readonly identified?: boolean
  /** The document says what it depends on or what it is part of. */
  readonly related?: boolean
}

/** An SBOM, whatever its format. */
export interface Sbom {
  readonly format: 'cyclonedx' | 'spdx'
  readonly specVersion: string
  readonly createdOn: string | undefined
  /** `name version` of what made it. */
  readonly tools: readonly string[]
  /** Without the thing that the document is about. */
  readonly components: readonly SbomComponent[]
  /** Digests it says it is about. */
  readonly about: readonly string[]
  /** People and organisations who made it. */
  readonly authors?: readonly string[]
  /** `amd64`, when it says that it is about an image of one architecture. */
  readonly architecture?: string
}
