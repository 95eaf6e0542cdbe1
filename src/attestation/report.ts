import * as z from 'zod'
import { digestSchema } from './promotion.ts'

/**
 * Name of the extension field by which Waybill says, inside a standard predicate, which tool said it and from which
 * report (in-toto attestation spec v1, "extension fields": a property whose name is a TypeURI).
 */
export const REPORT = 'https://waybill.dev/report/v1'

/** One scale for the words of all tools, worst first. */
export const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const
export type Severity = (typeof severities)[number]

/** What a report is about; a gate reads one kind. */
const reportKinds = [
  'tests',
  'coverage',
  'quality',
  'sast',
  'secrets',
  'misconfiguration',
  'licences',
  'lint',
  'structure',
  'vulnerabilities',
  'sbom',
  'vex',
] as const
export type ReportKind = (typeof reportKinds)[number]

/**
 * What was looked at. `source` (a tree, its lock files) sees nothing of the base image, and an `advisory` is one
 * known flaw and no scan: both add findings and neither stands for a scan of the image.
 */
const scanScopes = ['image', 'sbom', 'source', 'advisory'] as const
export type ScanScope = (typeof scanScopes)[number]

const name = z.string().min(1).max(400)

/** One thing a tool complained about. Texts are cut by the reader. */
const finding = z.object({
  /** Rule or check id: `CKV_AWS_21`, `DL3006`, `aws-access-token`. */
  id: name,
  severity: z.enum(severities),
  title: z.string().optional(),
  /** `path:line`, or the name of the test. */
  location: z.string().optional(),
  /** Set aside in the scanned tree itself (a comment, an ignore file), and how. */
  suppressed: z.string().optional(),
  /** Against an earlier run, when the tool compared with one (SARIF baselineState). */
  baseline: z.enum(['new', 'updated', 'unchanged']).optional(),
})
export type Finding = z.infer<typeof finding>

/** The extension field's value. */
export const reportFacts = z.object({
  kind: z.enum(reportKinds),
  tool: z.object({
    name,
    version: z.string().optional(),
    uri: z.string().optional(),
    /** Of the executable or container image that ran; known when Waybill ran it. */
    digest: digestSchema.optional(),
  }),
  /** Of scanners that look things up: when what they looked up was made. */
  database: z.object({ version: z.string().optional(), builtOn: z.string().optional() }).optional(),
  /** `junit`, `trivy`…: the reader that understood it. */
  format: z.string(),
  /** sha256 of the raw report. */
  digest: digestSchema,
  /** sha256 of further raw reports, when several files make one run. */
  further: z.array(digestSchema).optional(),
  /** RFC 3339, as the report says; absent when it does not. */
  startedOn: z.string().optional(),
  finishedOn: z.string().optional(),
  /** When the signer put its name to it, RFC 3339; set by `attest`. */
  attestedOn: z.string().optional(),
  /** `linux/arm64` when only this platform was looked at. */
  platform: z.string().optional(),
  /** Of vulnerability scans: what was looked at. */
  scope: z.enum(scanScopes).optional(),
  /** Of vulnerability scans: the distribution gets no more updates. */
  endOfLife: z.boolean().optional(),
  /** Of what looks at a history: the commits. */
  commits: z.string().optional(),
  /** Said about an image because it was said about its source: the commit, and the statement's payload. */
  source: z.object({ commit: z.string(), statement: digestSchema }).optional(),
  /** Whole numbers and percentages by name: `passed`, `failed`, `line` (coverage)… */
  counts: z.record(z.string(), z.number()).optional(),
  findings: z.array(finding).optional(),
  /** How many findings there were when not all of them are listed. */
  findingsInAll: z.number().int().optional(),
})
export type ReportFacts = z.infer<typeof reportFacts>

/** Waybill's account of the report behind a predicate; undefined when it has none or one nobody can read. */
export function reportIn(predicate: Readonly<Record<string, unknown>>): ReportFacts | undefined {
  if (!Object.hasOwn(predicate, REPORT)) return undefined
  if (!known.has(predicate)) known.set(predicate, reportFacts.safeParse(predicate[REPORT]).data)
  return known.get(predicate)
}

// Several gates ask this of the same predicates, and a report may list thousands of findings.
const known = new WeakMap<object, ReportFacts | undefined>()
