import type {
  BarredDigest,
  BuildFacts,
  Evidence,
  UnusableStatement,
  VerifiedStatement,
} from '../attestation/index.ts'
import type { Digest, Platform } from '../oci/index.ts'
import type { Exceptions } from './exception-rules.ts'

/** One stretch of time in which a digest was an environment's newest record. Dates as RFC 3339. */
export interface Occupancy {
  readonly digest: Digest
  readonly since: string
  /** undefined = still there. */
  readonly until: string | undefined
  readonly sequence: number
  /** The record's payload digest. */
  readonly record: Digest
}

export interface UpstreamFacts {
  readonly environment: string
  /** `host/path` of its repository: its pass marks must name it (`resourceUri`), so no other place's mark counts. */
  readonly repository: string
  /** From its verified record chain, oldest first. */
  readonly occupancy: readonly Occupancy[]
}

/** One platform of the image, by the digests a running pod may report and a scanner may have looked at. */
export interface PlatformFacts {
  readonly platform: Platform
  readonly manifest: Digest
  readonly config: Digest
}

/** What one platform's manifest and config say. The builder wrote them; nobody signed them but by the digest. */
export interface ImageDetails extends PlatformFacts {
  /** Layers as they travel, bytes. */
  readonly size: number
  readonly layers: readonly Digest[]
  readonly labels: Readonly<Record<string, string>>
  /** Annotations of the platform's manifest; the index has its own. */
  readonly annotations: Readonly<Record<string, string>>
  /** Undefined or empty = root. */
  readonly user: string | undefined
  readonly created: string | undefined
  /** When the lowest layer was made, as the config's history says; of an image built on another, the base's. */
  readonly firstLayerOn?: string
  /** The platform that the config states; the index may say otherwise. */
  readonly configPlatform?: Platform
  /** Names only: values may be secrets. */
  readonly variables: readonly string[]
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly ports: readonly string[]
}

/** What the environment holds now. */
export interface TargetFacts {
  readonly digest: Digest
  readonly since: string
  /** Verified as it is today, from the environment's own repository. Empty unless a gate needs it. */
  readonly evidence: Evidence
  readonly details: readonly ImageDetails[] | undefined
}

/** What a change-management system answered about a ticket. `source` is the address as the gate has it. */
export type TicketFacts =
  | { readonly ticket: string; readonly source: string; readonly answer: unknown }
  /** It answered that there is no such ticket. */
  | { readonly ticket: string; readonly source: string; readonly absent: true }
  /** Nobody can tell: it did not answer, or not with what can be read. */
  | { readonly ticket: string; readonly source: string; readonly problem: string }

/** A digest that may not come into an environment, and why. */
export interface Barred {
  readonly digest: Digest
  /** RFC 3339. */
  readonly since: string
  /** `record 7` or the person who ordered it. */
  readonly by: string
  readonly reason: string | undefined
  /** Payload of the record or order that says so. */
  readonly payload: Digest
}

/** What an environment's newest record says about barred digests. */
export interface BarredByRecords {
  readonly entries: readonly BarredDigest[]
  /** Payload of that record. */
  readonly payload: Digest
}

/** Everything a decision may rest on. Values only: policy reaches no file, network or clock. */
export interface Facts {
  readonly now: Date
  readonly application: string
  readonly environment: string
  /** The application's repository as config states it. */
  readonly source: string | undefined
  readonly image: {
    readonly digest: Digest
    readonly mediaType: string
    readonly platforms: readonly PlatformFacts[]
    readonly annotations: Readonly<Record<string, string>>
    /** undefined unless a gate needs it. */
    readonly details: readonly ImageDetails[] | undefined
  }
  readonly evidence: Evidence
  /**
   * Judged as what a pull request would give: it may be tried and no environment takes it, so which event and branch it
   * was built by is not asked. Promotion never sets this.
   */
  readonly isPreview?: boolean
  /** From verified provenance only. */
  readonly build: BuildFacts | undefined
  readonly upstream: readonly UpstreamFacts[]
  /** undefined = nothing was promoted there yet. */
  readonly target: TargetFacts | undefined
  /** Verified statements about the place itself and no image: holds, waivers for every digest. Oldest first. */
  readonly standing: readonly VerifiedStatement[]
  /** Standing orders that do not count; for the reasons only. */
  readonly standingUnusable?: readonly UnusableStatement[]
  /** Digests this environment was rolled away from, or that were barred by hand, and that nobody has let in again. */
  readonly quarantined: readonly Barred[]
  /** What the environment's newest record says of it; the next one carries it on. */
  readonly barredByRecords?: BarredByRecords | undefined
  /** Who may let something through that the gates do not; undefined = as documented for environments that do not say. */
  readonly exceptions?: Exceptions | undefined
  /** The change ticket that the promotion was asked for with, as they say; a claim. */
  readonly ticket: string | undefined
  /** As the gates asked for them. */
  readonly tickets: readonly TicketFacts[]
  /** Who asked for the promotion, as they say; a claim. */
  readonly requestedBy: string | undefined
  /** sha256 over this environment's gates and the trust policy; approvals are bound to it. */
  readonly policyDigest: Digest
}
