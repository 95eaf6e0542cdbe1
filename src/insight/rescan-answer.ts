import type { Digest } from '../oci/index.ts'
import type { GateVerdict, Verdict } from '../policy/index.ts'

/** Something that counts now and will not within the time that was asked about. */
export interface Expiring {
  readonly gate: string
  /** By when it no longer counts, RFC 3339; to the hour. */
  readonly by: string
  /** What the gate will say then. */
  readonly reason: string
}

/** A digest that would be admitted in the place of one that would not. */
export interface NearestDigest {
  readonly digest: Digest
  /** Where it is: the environment itself, or one upstream. */
  readonly environment: string
  readonly sequence: number
  readonly version?: string
}

/** One digest that is in an environment, or that a rollback would bring back. */
export interface RescannedImage {
  readonly application: string
  readonly environment: string
  readonly repository: string
  readonly role: 'live' | 'rollback'
  readonly digest: Digest
  readonly version?: string
  readonly sequence: number
  /** When it came in, RFC 3339. */
  readonly since: string
  /** By today's policy and evidence. */
  readonly result: Verdict['result']
  /** Every gate that was asked. */
  readonly gates: readonly GateVerdict[]
  /** Kinds of gates that are not asked again. */
  readonly left: readonly string[]
  readonly expiring: readonly Expiring[]
  /** For what would not be admitted; absent: there is none. */
  readonly nearest?: NearestDigest
  /** Something could not be read, or a scan could not be made. */
  readonly problem?: { readonly code: string; readonly message: string }
}

/** A place whose chain cannot be read. */
export interface UnreadPlace {
  readonly application: string
  readonly environment: string
  readonly code: string
  readonly message: string
}

export interface RescanAnswer {
  readonly kind: 'rescan'
  readonly judgedOn: string
  /** Expiry was looked for until then. */
  readonly warnUntil: string
  /** refused: something would no longer be admitted. pending: something waits, or expires soon. */
  readonly outcome: 'admitted' | 'refused' | 'pending' | 'error'
  readonly images: readonly RescannedImage[]
  readonly unread: readonly UnreadPlace[]
  /** Reports that were signed and attached on the way. */
  readonly imported: readonly {
    readonly digest: Digest
    readonly summary: string
    readonly outcome: string
  }[]
}
