import { fail, orUndefined, parseJson, printableLine } from '../base/index.ts'
import type { Finding, ReportKind } from '../attestation/index.ts'
import { digestOf } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { toolsErrors } from './errors.ts'
import { parseXml } from './xml.ts'
import type { XmlElement } from './xml.ts'

/** What a report turned into: a predicate ready to be signed. */
export interface ReportClaim {
  /** The reader that understood it: `junit`, `trivy`… */
  readonly format: string
  readonly kind: ReportKind
  readonly predicateType: string
  /** A standard predicate, with Waybill's account of the report in its extension field (`REPORT`). */
  readonly predicate: Readonly<Record<string, unknown>>
  /**
   * Digests of an image that the report says it is about: index, platform manifest or config. Empty = it does not say.
   * The caller refuses the report when one of them is not the image's.
   */
  readonly about: readonly Digest[]
  /** `linux/arm64`, when the report says it looked at one platform. */
  readonly platform?: string
  /** The tool looks at one platform at a time and the report does not say at which: the caller must be told. */
  readonly onePlatform?: boolean
  /** One line for people. */
  readonly summary: string
}

/** What a report does not say of itself and the caller knows. */
export interface ReportHints {
  /** Name of the test suite, or of the scan. Default: what kind of report it is. */
  readonly suite?: string
  readonly toolVersion?: string
  /** RFC 3339. */
  readonly databaseOn?: string
  readonly finishedOn?: string
  /** What the tool was told to look for: without a finding, that it looked is known from here alone. */
  readonly lookedFor?: readonly ReportKind[]
  /** Beginning of file names that is left out. */
  readonly base?: string
  /** Why a finding does not count, where somebody set it aside; undefined: it counts. */
  readonly setAside?: (finding: Finding) => string | undefined
  /** Tests that were left out because they could not run here. */
  readonly notRun?: number
}

/** One format. A reader throws when the tool did not run to its end; a report of nothing found is a claim. */
export interface ReportReader {
  readonly format: string
  /** One line for help and documentation: `Trivy JSON (image, fs, config)`. */
  readonly about: string
  /** Cheap and certain: two readers never claim the same bytes. */
  readonly recognises: (report: RawReport) => boolean
  /**
   * One claim for each kind of thing that the tool looked for (a Trivy report may hold vulnerabilities and secrets).
   * @throws REPORT_INVALID not of this format; REPORT_EMPTY nothing was looked at; REPORT_FAILED the tool broke
   */
  readonly read: (report: RawReport, hints: ReportHints) => readonly ReportClaim[]
  /** Several files that one run wrote (a file per test class) → the claims of the run. Without it each file stands alone. */
  readonly readTogether?: (
    reports: readonly [RawReport, ...RawReport[]],
    hints: ReportHints,
  ) => readonly ReportClaim[]
}

/** A report's bytes, parsed at most once in each form. */
export class RawReport {
  readonly bytes: Uint8Array
  readonly where: string
  readonly digest: Digest
  #json: { readonly value: unknown } | undefined
  #xml: { readonly root: XmlElement | undefined } | undefined

  constructor(bytes: Uint8Array, where: string) {
    this.bytes = bytes
    this.where = where
    this.digest = digestOf(bytes)
  }

  /** undefined when it is not strict JSON. */
  json(): unknown {
    this.#json ??= { value: orUndefined(() => parseJson(this.bytes, this.where)) }
    return this.#json.value
  }

  /** undefined when it is not XML that Waybill accepts. */
  xml(): XmlElement | undefined {
    this.#xml ??= { root: orUndefined(() => parseXml(this.bytes, this.where)) }
    return this.#xml.root
  }

  /** The first characters, for formats that are neither. */
  head(length = 400): string {
    return Buffer.from(this.bytes.subarray(0, length)).toString('utf8')
  }
}

/** The reader for these bytes: the named one, else the only one that recognises them. @throws REPORT_UNKNOWN, also when several do */
export function readerFor(
  report: RawReport,
  readers: readonly ReportReader[],
  format: string | undefined,
): ReportReader {
  const found = readers.filter((reader) =>
    format === undefined ? reader.recognises(report) : reader.format === format,
  )
  const [only, ...others] = found
  if (only && others.length === 0) return only
  if (only)
    throw fail(toolsErrors.REPORT_UNKNOWN, {
      message: `Found what ${found.map((reader) => reader.format).join(' and ')} both write, expected one format.`,
      where: report.where,
    })
  const known = readers.map((reader) => reader.format).join(', ')
  if (format === undefined && isEmptyList(report.json()))
    throw fail(toolsErrors.REPORT_UNKNOWN, {
      message:
        'Found an empty list, which several tools write when they find nothing; expected to be told whose it is.',
      where: report.where,
      next: 'Give the format with --format, for example --format gitleaks.',
    })
  throw fail(toolsErrors.REPORT_UNKNOWN, {
    message:
      format === undefined
        ? `Found a report of no known format, it begins ${JSON.stringify(printableLine(report.head(40)))}; expected one of ${known}.`
        : `Found the format "${printableLine(format)}", expected one of ${known}.`,
    where: report.where,
  })
}

function isEmptyList(json: unknown): boolean {
  return Array.isArray(json) && json.length === 0
}
