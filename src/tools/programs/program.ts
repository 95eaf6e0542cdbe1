/** One outside tool: how it is found, asked for its version, and kept from harm. */
export interface Program {
  /** Names the tool in configuration, messages and evidence: `gitleaks`. */
  readonly name: string
  /** Looked for on the PATH in this order. */
  readonly executables: readonly string[]
  readonly versionArguments: readonly string[]
  /** The version in what it printed; undefined when it does not know, as programs built by `go install` do not. */
  readonly readVersion: (printed: string) => string | undefined
  /** What must never run, whatever a configuration says. */
  readonly refused: readonly RefusedVersions[]
  /** Names of variables it is let see, besides what every program needs: caches, mirrors. Never credentials. */
  readonly sees: readonly string[]
  /** Variables it is always given: offline, no telemetry, no update check. */
  readonly env: Readonly<Record<string, string>>
}

export interface RefusedVersions {
  /** A semver range. */
  readonly range: string
  /** One sentence with the advisory. */
  readonly why: string
}

/** One run of a tool. */
export interface ToolCall {
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Exit codes after which its reports are read; after any other one the tool has failed. */
  readonly accept: readonly number[]
  readonly reports: readonly ExpectedReport[]
  /** Milliseconds. */
  readonly timeout: number
  /** Absolute paths it reads; a container is given these, read only, under the same name. */
  readonly reads: readonly string[]
  /** It asks the network for something: a database, a registry. Containers get none otherwise. */
  readonly network?: boolean
}

export interface ExpectedReport {
  /** Absolute, inside the folder made for this run. */
  readonly file: string
  /** The reader that must understand it; undefined: recognised. */
  readonly format?: string | undefined
  /** The tool prints it instead of writing it. */
  readonly printed?: boolean
}
