import type { OnStep } from '../base/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import type { CiEvent, CiFacts, JobIdentity } from '../tools/index.ts'
import type { BuildConfig } from './schema.ts'
import type { BakedIn } from './baked-in/find.ts'

/** What the person or script that builds says about the source, over what git and the CI system say. */
export interface StatedSource {
  readonly commit?: string | undefined
  readonly ref?: string | undefined
  readonly event?: CiEvent | undefined
  readonly pullRequest?: string | undefined
}

/** Where the bytes of a build come from. */
export interface SourceFacts {
  /** https address of the repository, without credentials. */
  readonly url: string
  /** In full. */
  readonly commit: string
  /** `refs/heads/…`, `refs/tags/…`, `refs/pull/…`; `HEAD` when nobody knows. */
  readonly ref: string
  readonly event: CiEvent
  readonly pullRequest?: string
  /** E-mail of the commit's author. */
  readonly author?: string
  /** The working copy was not as committed. */
  readonly dirty: boolean
  /** Seconds since 1970 that every file and annotation of the image carries: SOURCE_DATE_EPOCH, else the commit's. */
  readonly epoch: number
  /** Stated, else from package.json. */
  readonly version?: string
  /** The CI run and pipeline, when there is one. */
  readonly invocation?: string
  readonly builderId?: string
  /** The CI system, and its own words for the run; claims. */
  readonly system?: CiFacts['system']
  readonly details?: CiFacts['details']
  /** What vouches for the facts above; without it all of them are claims. */
  readonly identity?: JobIdentity
}

/** One build to do: an application's `build` block, with paths relative to `directory`. */
export interface BuildSpec {
  readonly application: string
  /** Absolute; the folder that holds waybill.yaml. */
  readonly directory: string
  readonly build: BuildConfig
  /** The application's repository as waybill.yaml names it; used when neither the CI nor git knows one. */
  readonly source?: string | undefined
  readonly version?: string | undefined
  readonly stated?: StatedSource | undefined
  /** Number of the CI run, unique among the runs of a repository: `{build}` in tags. */
  readonly run?: string | undefined
}

/** What a build needs from outside. */
export interface BuildParts {
  /** Opens the store that a reference is in: `host/path[:tag|@digest]`, or `layout:/absolute/folder`. */
  readonly openStore: (reference: string) => Promise<ImageStore>
  readonly onStep: OnStep
  readonly signal: AbortSignal
  readonly now: Date
  readonly env: NodeJS.ProcessEnv
  /** Who the CI job is, verified; undefined = nobody vouches for it. Called once. */
  readonly identity?: () => Promise<JobIdentity | undefined>
  /** Waybill's own version, for provenance. */
  readonly version: string
}

/** A base image, as it was when the build used it. */
export interface BaseUsed {
  /** A reference in full, or `layout:FOLDER` as waybill.yaml has it. */
  readonly name: string
  readonly digest: Digest
}

export interface BuiltPlatform {
  readonly platform: string
  readonly digest: Digest
  readonly config: Digest
}

/** What a builder hands back: everything is in the destination already, by digest. */
export interface MadeImage {
  readonly root: StoredManifest
  readonly platforms: readonly BuiltPlatform[]
  readonly bases: readonly BaseUsed[]
  /** What is in the layers of one environment, where the builder had them on disk. */
  readonly bakedIn?: readonly BakedIn[]
}

/** What a builder is given. */
export interface BuildJob {
  readonly spec: BuildSpec
  readonly source: SourceFacts
  /** Of the index that the builder's platforms are listed in. */
  readonly annotations: Readonly<Record<string, string>>
  readonly destination: ImageStore
  readonly parts: BuildParts
}

export interface BuiltImage extends MadeImage {
  readonly source: SourceFacts
  readonly builder: BuildConfig['builder']
  /** RFC 3339. */
  readonly startedOn: string
  readonly finishedOn: string
}
