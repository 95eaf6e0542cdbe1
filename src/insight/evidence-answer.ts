import type { Digest } from '../oci/index.ts'
import type { EvidenceEntry } from './answers.ts'

/** Everything signed about one image, and what each piece is worth. */
export interface EvidenceAnswer {
  readonly kind: 'evidence'
  readonly reference: string
  readonly digest: Digest
  /** When it was judged, RFC 3339. */
  readonly judgedOn: string
  readonly evidence: readonly EvidenceEntry[]
}

/** One piece, opened. */
export interface StatementAnswer {
  readonly kind: 'statement'
  readonly reference: string
  readonly digest: Digest
  readonly evidence: EvidenceEntry
  /** What was signed, parsed: an in-toto Statement. Absent: it cannot be read. Foreign text unless `state` is valid. */
  readonly statement?: unknown
}

/** `dsse`: envelopes. `bundle`: Sigstore bundles. `jsonl`: all bundles in one file, a line each. `intoto`: bare statements. */
export type EvidenceFormat = 'dsse' | 'bundle' | 'jsonl' | 'intoto'

export interface ExportedFile {
  readonly file: string
  readonly outcome: 'written' | 'already'
  /** Payloads in it. */
  readonly payloads: readonly Digest[]
}

export interface EvidenceExport {
  readonly kind: 'evidence-export'
  readonly reference: string
  readonly digest: Digest
  readonly directory: string
  readonly format: EvidenceFormat
  readonly files: readonly ExportedFile[]
  /** What was asked for and has no such form, and why. */
  readonly left: readonly { readonly manifest: Digest; readonly reason: string }[]
}
